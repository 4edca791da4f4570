import Syntax

/// The standard library: the `.grad` files of this folder, as sources that a session reads definitions from when they
/// are first named.
package enum Library {
  package static let sources: [SourceText] = embeddedSources.map { SourceText(name: "library/\($0.name)", text: $0.text, isLibrary: true) }
}
