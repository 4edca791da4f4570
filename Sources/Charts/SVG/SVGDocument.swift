/// A picture in Scalable Vector Graphics 1.1, built element by element.
struct SVGDocument {
  let width: Int
  let height: Int
  private var body = ""

  static let textColor = "#222222"
  static let axisColor = "#888888"
  static let gridColor = "#e4e4e4"
  static let fontSize = 12.0

  init(width: Int, height: Int) {
    self.width = max(width, 1)
    self.height = max(height, 1)
  }

  /// The whole file.
  var text: String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
    viewBox="0 0 \(width) \(height)" font-family="sans-serif" font-size="\(Int(SVGDocument.fontSize))">
    <rect width="\(width)" height="\(height)" fill="#ffffff"/>
    \(body)</svg>

    """
  }

  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, fill: String, opacity: Double = 1
  ) {
    let faint = opacity < 1 ? " fill-opacity=\"\(SVGDocument.number(opacity))\"" : ""
    body +=
      "<rect x=\"\(SVGDocument.number(x))\" y=\"\(SVGDocument.number(y))\" "
      + "width=\"\(SVGDocument.number(width))\" height=\"\(SVGDocument.number(height))\" "
      + "fill=\"\(fill)\"\(faint)/>\n"
  }

  mutating func line(
    from start: (x: Double, y: Double), to end: (x: Double, y: Double),
    color: String = axisColor
  ) {
    body +=
      "<line x1=\"\(SVGDocument.number(start.x))\" y1=\"\(SVGDocument.number(start.y))\" "
      + "x2=\"\(SVGDocument.number(end.x))\" y2=\"\(SVGDocument.number(end.y))\" "
      + "stroke=\"\(color)\"/>\n"
  }

  mutating func polyline(_ points: [(x: Double, y: Double)], color: String) {
    body += "<polyline fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.5\" "
    body += "stroke-linejoin=\"round\" points=\""
    body += points.map { "\(SVGDocument.number($0.x)),\(SVGDocument.number($0.y))" }
      .joined(separator: " ")
    body += "\"/>\n"
  }

  mutating func circle(x: Double, y: Double, radius: Double, fill: String) {
    body +=
      "<circle cx=\"\(SVGDocument.number(x))\" cy=\"\(SVGDocument.number(y))\" "
      + "r=\"\(SVGDocument.number(radius))\" fill=\"\(fill)\"/>\n"
  }

  enum Anchor: String { case start, middle, end }

  /// Text whose base line is at y.
  mutating func label(
    _ text: String, x: Double, y: Double, anchor: Anchor = .start, isBold: Bool = false,
    color: String = textColor, isVertical: Bool = false
  ) {
    if text.isEmpty { return }
    let (x, y) = (SVGDocument.number(x), SVGDocument.number(y))
    let weight = isBold ? " font-weight=\"bold\"" : ""
    let turn = isVertical ? " transform=\"rotate(-90 \(x) \(y))\"" : ""
    body +=
      "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor.rawValue)\" "
      + "fill=\"\(color)\"\(weight)\(turn)>\(SVGDocument.escaped(text))</text>\n"
  }

  /// About how wide a text is, in pixels.
  static func width(of text: String) -> Double { Double(displayWidth(text)) * 7.2 }

  /// A colour as #rrggbb.
  static func hex(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> String {
    "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Two decimals at most.
  private static func number(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    var text = fixed(value, decimals: 2)
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text == "-0" ? "0" : text
  }

  /// Text for XML: markup escaped, controls, which XML 1.0 forbids, as spaces.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default:
        let isForbidden = scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF
        result.unicodeScalars.append(isForbidden ? " " : scalar)
      }
    }
    return result
  }
}
