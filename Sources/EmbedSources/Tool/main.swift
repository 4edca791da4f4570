import Foundation

// embed-sources OUTPUT INPUT…: writes a Swift file that holds the texts of the inputs.

let arguments = CommandLine.arguments.dropFirst()
guard let output = arguments.first else {
  FileHandle.standardError.write(Data("usage: embed-sources OUTPUT INPUT…\n".utf8))
  exit(2)
}

do {
  var code = "/// The embedded files, by name.\nlet embeddedSources: [(name: String, text: String)] = [\n"
  for input in arguments.dropFirst() {
    let text = try String(contentsOfFile: input, encoding: .utf8)
    // As many signs around the literal as no run of them in the text reaches.
    var delimiter = "#"
    while text.contains("\"\"\"" + delimiter) || text.contains("\\" + delimiter) { delimiter += "#" }
    let name = URL(fileURLWithPath: input).lastPathComponent
    code += "  (\"\(name)\", \(delimiter)\"\"\"\n\(text)\n\"\"\"\(delimiter)),\n"
  }
  code += "]\n"
  try code.write(toFile: output, atomically: true, encoding: .utf8)
} catch {
  FileHandle.standardError.write(Data("embed-sources: \(error)\n".utf8))
  exit(1)
}
