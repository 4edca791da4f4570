import PackagePlugin

/// Turns the `.grad` files of a target into one Swift file of string literals, so that the program carries its library
/// and reads no file at its start.
@main
struct EmbedSources: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let module = target as? any SourceModuleTarget else { return [] }
    let inputs = module.sourceFiles.map(\.url).filter { $0.pathExtension == "grad" }.sorted { $0.path < $1.path }
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedSources.swift")
    return [
      .buildCommand(
        displayName: "Embedding the library", executable: try context.tool(named: "embed-sources").url,
        arguments: [output.path] + inputs.map(\.path), inputFiles: inputs, outputFiles: [output])
    ]
  }
}
