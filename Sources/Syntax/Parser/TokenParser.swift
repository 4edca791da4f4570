/// Builds the tree from tokens by recursive descent, each function opening with its grammar rule:
/// `"x"` is a sign, `[x]` may be missing, `{x}` may be repeated, `|` separates alternatives.
///
/// Binary operators are read by climbing their priorities (Clarke 1986, "The top-down parsing of expressions").
final class TokenParser {
  let source: SourceText
  let stream: TokenStream
  /// Whether the tokens are those of a string's `{…}`.
  let isInterpolation: Bool
  var index = 0
  /// How many nested readings of operations and statements are under way.
  var nesting: Int
  /// Whether `{` may begin a trailing block or a block: not in the head of `if`, `for`, `while` and `repeat`.
  var blocksAllowed = true
  /// Whether an exponent is read, where a coefficient is refused: `x^2y`.
  var inExponent = false

  /// What the statements of the program's top level bind; asked of each as soon as it's read, while it lies in the cache.
  var bindings = NameAnalysis.ofBindings

  /// The parenthesis behind the name at a statement's beginning, if it is never closed: a definition may be under way.
  var unfinishedDefinition: Token?

  /// The deepest nesting of brackets, blocks, signs, powers and lambdas; each takes one level or a few. A level takes up to 2 kB of
  /// stack, in debug builds 10 kB.
  static let deepestNesting = 500
  /// The deepest tree: a chain `1 + 1 + …` is one level a term.
  static let deepestTree = 2_000

  init(source: SourceText, stream: TokenStream, isInterpolation: Bool = false, nesting: Int = 0) {
    self.source = source
    self.stream = stream
    self.isInterpolation = isInterpolation
    self.nesting = nesting
  }

  // MARK: Tokens

  var token: Token { stream.tokens[index] }
  var kind: Token.Kind { stream.tokens[index].kind }
  var previous: Token { stream.tokens[max(0, index - 1)] }

  func token(at position: Int) -> Token { stream.tokens[min(max(0, position), stream.tokens.count - 1)] }

  func text(_ token: Token) -> String {
    token.kind == .name ? stream.names[name(token)] : source.string(token.span)
  }

  /// Whether the token is this word, which is reserved only in its place.
  func isWord(_ word: NameList.Word) -> Bool { isWord(word, token) }

  func isWord(_ word: NameList.Word, _ token: Token) -> Bool { token.kind == .name && token.payload == Int32(word.rawValue) }

  /// The name that a token of that kind is.
  func name(_ token: Token) -> Name { Name(place: Int(token.payload)) }

  @discardableResult
  func advance() -> Token {
    let token = stream.tokens[index]
    if index + 1 < stream.tokens.count { index += 1 }
    return token
  }

  func take(_ kind: Token.Kind) -> Bool {
    guard self.kind == kind else { return false }
    advance()
    return true
  }

  func skipNewlines() {
    while kind == .newline { advance() }
  }

  /// The place from a token's start to the end of the last token read.
  func span(from start: Int) -> Span { Span(start, max(start, Int(previous.end))) }

  // MARK: Nodes

  /// A node, if the tree is not too deep with it.
  func node(_ kind: Expression.Kind, _ span: Span) throws(Problem) -> Expression {
    let node = Expression(kind, span)
    if node.extent.depth > Self.deepestTree { throw tooDeep(Span(span.end, span.end)) }
    return node
  }

  func tooDeep(_ span: Span) -> Problem {
    .of(
      GradusError(
        .syntax, "the program is nested too deeply", at: .init(source: source, span: span),
        notes: ["some \(Self.deepestNesting / 2) brackets may stand in each other, some \(Self.deepestTree) operations hang on one another"],
        hints: ["give its parts names of their own, or write a list and reduce it: `sum([…])`"]))
  }

  /// Runs with `{` allowed again and coefficients, too: what stands in brackets.
  func inBrackets<Result>(_ read: () throws(Problem) -> Result) throws(Problem) -> Result {
    let (blocks, exponent) = (blocksAllowed, inExponent)
    blocksAllowed = true
    inExponent = false
    defer {
      blocksAllowed = blocks
      inExponent = exponent
    }
    return try read()
  }

  // MARK: The whole

  /// program := statements
  func program() throws(Problem) -> [Statement] {
    try statements(in: nil)
  }

  /// interpolated := expression
  func interpolated() throws(Problem) -> Expression {
    let value = try expression()
    if kind != .end { throw following(startingAt: 0, in: .string) }
    return value
  }
}
