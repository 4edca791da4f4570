// Compiled by `run` together with the sources of `Syntax`, as one module.

/// What libFuzzer calls with each input: all that reads the text of a program must take any, and an error must have a place.
@_cdecl("LLVMFuzzerTestOneInput")
public func read(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  let text = String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  _ = Highlighting(text)
  _ = Parser.cursorPlace(after: text)
  _ = Parser.completeness(text)
  do throws(GradusError) {
    let source = SourceText(name: "input", text: text)
    _ = try Parser.parse(source)
    let formatted = try Formatter.format(source)
    let again = try Formatter.format(SourceText(name: "formatted", text: formatted))
    precondition(again == formatted, "a second formatting changes the text")
  } catch {
    guard let place = error.place else { preconditionFailure("an error without a place: \(error.message)") }
    precondition(place.span.start >= 0 && place.span.start <= place.span.end && place.span.end <= place.source.utf8.count, "a place outside of the text")
    _ = ErrorReport(error).text(color: false, ascii: false, width: 80)
  }
  return 0
}
