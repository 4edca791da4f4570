/// Definitions of functions and layers.
extension TokenParser {
  /// Whether a function's definition begins here: `f(…) =` or `f(…) ::`.
  var isDefinition: Bool {
    let open = token(at: index + 1)
    guard kind == .name, open.kind == .leftParenthesis, open.payload >= 0 else { return false }
    let sign = token(at: Int(open.payload) + 1).kind
    return open.touches && (sign == .assign || sign == .doubleColon)
  }

  /// Whether `layer Name(…) {` begins here; elsewhere `layer` is a name like any other.
  var isLayer: Bool { isWord(.layer) && token(at: index + 1).kind == .name }

  /// function := name "(" [parameter {"," parameter}] ")" ["::" shape] "=" values
  func function() throws(Problem) -> Statement.Kind {
    let documentation = documentation(at: index)
    let name = advance()
    stream.names.noteVariable(self.name(name))
    let parameters = try parameters()
    var result: ShapeAnnotation?
    if kind == .doubleColon { result = try annotation() }
    guard take(.assign) else { throw unexpected("`=`", hints: ["a function is defined by `f(x) = …`"]) }
    let body = try values()
    try refuseChainedAssignment()
    return .function(
      FunctionDefinition(
        name: text(name), variable: self.name(name), nameSpan: name.span, parameters: parameters, result: result, body: body, documentation: documentation,
        span: name.span.union(body.span)))
  }

  /// layer := "layer" name ["(" [parameter {"," parameter}] ")"] block
  func layer() throws(Problem) -> Statement.Kind {
    let documentation = documentation(at: index)
    let word = advance()
    let name = advance()
    stream.names.noteVariable(self.name(name))
    let parameters = kind == .leftParenthesis ? try parameters() : []
    guard kind == .leftBrace else {
      throw unexpected("`{`", hints: ["a layer is written `layer \(text(name))(…) { … forward(x) = … }`"])
    }
    let body = try block(after: word)
    return .layer(
      LayerDefinition(
        name: text(name), variable: self.name(name), nameSpan: name.span, parameters: parameters, body: body, documentation: documentation,
        span: word.span.union(body.span)))
  }

  /// parameters := "(" [parameter {"," parameter} [","]] ")"
  func parameters() throws(Problem) -> [Parameter] {
    let open = advance()
    var parameters: [Parameter] = []
    if kind != .rightParenthesis { parameters.reserveCapacity(2) }
    var rest: Name?
    try inBrackets { () throws(Problem) in
      while kind != .rightParenthesis {
        let start = token
        let parameter = try parameter()
        if let rest {
          if parameter.isRest || parameter.defaultValue == nil {
            throw error(
              "`\(stream.names[rest])...` takes all that remains", start.span, hints: ["only parameters with a default may follow it"])
          }
        }
        parameters.append(parameter)
        if parameter.isRest { rest = parameter.name }
        if take(.comma) { continue }
        if kind != .rightParenthesis { throw wrongParameter(parameter, open) }
      }
    }
    try close(open)
    try refuseRepeatedNames(parameters)
    return parameters
  }

  /// parameter := name "..." | pattern ["::" shape] [":" expression]
  private func parameter() throws(Problem) -> Parameter {
    if kind != .name, kind != .leftParenthesis, !kind.isReservedWord {
      throw unexpected("the name of a parameter", hints: ["a function is defined by `f(x) = …`; equality is written `==`"])
    }
    let pattern = try pattern()
    if take(.rangeThrough) {
      guard case .name = pattern else { throw error("`...` follows a name: `rest...`", previous.span) }
      return Parameter(pattern: pattern, isRest: true)
    }
    var shape: ShapeAnnotation?
    if kind == .doubleColon { shape = try annotation() }
    let value = take(.colon) ? try expression() : nil
    return Parameter(pattern: pattern, defaultValue: value, annotation: shape)
  }

  /// shape := "::" "[" [size {"," size} [","]] "]"
  /// size := name | a whole number | "_"
  private func annotation() throws(Problem) -> ShapeAnnotation {
    advance()
    let open = token
    let hint = "a shape is written `x :: [n, 3, _]`"
    guard open.kind == .leftBracket else { throw unexpected("the shape", hints: [hint]) }
    advance()
    var dimensions: [ShapeAnnotation.Dimension] = []
    while kind != .rightBracket {
      let size = token
      switch size.kind {
      case .name:
        dimensions.append(isWord(.discard, size) ? .any : .name(name(size)))
      case .number:
        guard let number = Int(exactly: stream.numbers[Int(size.payload)]), number >= 0 else {
          throw error("a size is a whole number", size.span, hints: [hint])
        }
        dimensions.append(.size(number))
      default:
        throw kind == .end ? unclosed(open, expected: "`]`") : unexpected("a size", hints: [hint])
      }
      advance()
      if take(.comma) { continue }
      if kind != .rightBracket { throw unclosed(open, expected: "`,` or `]`") }
    }
    advance()
    return ShapeAnnotation(dimensions: dimensions, span: span(from: open.span.start))
  }

  /// The text of the `##` lines before a token.
  func documentation(at index: Int) -> String? {
    stream.documentation[index].map { Documentation.text(of: $0, in: source) }
  }
}

/// The Markdown of `##` lines.
enum Documentation {
  /// The lines without their indentation, signs and one space.
  static func text(of span: Span, in source: SourceText) -> String {
    let bytes = source.utf8
    var result: [UInt8] = []
    result.reserveCapacity(span.end - span.start)
    var index = span.start
    while index < span.end {
      while index < span.end, bytes[index] == 32 || bytes[index] == 9 { index += 1 }
      while index < span.end, bytes[index] == UInt8(ascii: "#") { index += 1 }
      if index < span.end, bytes[index] == 32 { index += 1 }
      while index < span.end, bytes[index] != 10 {
        if bytes[index] != 13 { result.append(bytes[index]) }
        index += 1
      }
      if index < span.end { result.append(10) }
      index += 1
    }
    return String(decoding: result, as: UTF8.self)
  }
}
