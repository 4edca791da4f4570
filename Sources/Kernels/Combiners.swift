/// How two partial results become one.
protocol Combiner {
  associatedtype Element: RealElement
  static var identity: Element { get }
  static func combine(_ a: Element.Vector, _ b: Element.Vector) -> Element.Vector
  static func combine(_ a: Element, _ b: Element) -> Element
}

enum Sum<Element: RealElement>: Combiner {
  @inline(__always) static var identity: Element { 0 }
  @inline(__always)
  static func combine(_ a: Element.Vector, _ b: Element.Vector) -> Element.Vector {
    Element.Vector.sum(a, b)
  }
  @inline(__always) static func combine(_ a: Element, _ b: Element) -> Element { a + b }
}

enum Product<Element: RealElement>: Combiner {
  @inline(__always) static var identity: Element { 1 }
  @inline(__always)
  static func combine(_ a: Element.Vector, _ b: Element.Vector) -> Element.Vector {
    Element.Vector.product(a, b)
  }
  @inline(__always) static func combine(_ a: Element, _ b: Element) -> Element { a * b }
}

enum Maximum<Element: RealElement>: Combiner {
  @inline(__always) static var identity: Element { -Element.infinity }
  @inline(__always)
  static func combine(_ a: Element.Vector, _ b: Element.Vector) -> Element.Vector {
    Element.Vector.maximum(a, b)
  }
  @inline(__always) static func combine(_ a: Element, _ b: Element) -> Element {
    a != a ? a : a > b ? a : b
  }
}

enum Minimum<Element: RealElement>: Combiner {
  @inline(__always) static var identity: Element { Element.infinity }
  @inline(__always)
  static func combine(_ a: Element.Vector, _ b: Element.Vector) -> Element.Vector {
    Element.Vector.minimum(a, b)
  }
  @inline(__always) static func combine(_ a: Element, _ b: Element) -> Element {
    a != a ? a : a < b ? a : b
  }
}
