/// Brings a run of a strided operand's elements together.
enum Packing {
  /// Where the element at a row-major position lies, in elements.
  static func offset(of position: Int, sizes: [Int], strides: [Int]) -> Int {
    var rest = position, offset = 0
    var axis = sizes.count - 1
    while axis > 0 {
      let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: sizes[axis])
      offset += remainder * strides[axis]
      rest = quotient
      axis -= 1
    }
    return offset + rest * strides[0]
  }

  /// Copies the elements at the row-major positions `first..<first + count`; elements of 1, 4 or 8 bytes.
  static func pack(
    _ source: UnsafeRawPointer, sizes: [Int], strides: [Int], size: Int, first: Int, count: Int, into destination: UnsafeMutableRawPointer
  ) {
    switch size {
    case 1: pack(source.bound(UInt8.self), sizes, strides, first, count, destination.bound(UInt8.self))
    case 4: pack(source.bound(UInt32.self), sizes, strides, first, count, destination.bound(UInt32.self))
    default: pack(source.bound(UInt64.self), sizes, strides, first, count, destination.bound(UInt64.self))
    }
  }

  @inline(__always)
  private static func pack<T: BitwiseCopyable>(
    _ source: UnsafePointer<T>, _ sizes: [Int], _ strides: [Int], _ first: Int, _ count: Int, _ destination: UnsafeMutablePointer<T>
  ) {
    let last = sizes.count - 1
    let row = sizes[last], step = strides[last]
    var position = first, done = 0
    var column = first % row
    while done < count {
      let run = min(row - column, count - done)
      let from = source + offset(of: position, sizes: sizes, strides: strides)
      let to = destination + done
      if step == 1 {
        to.update(from: from, count: run)
      } else if step == 0 {
        to.update(repeating: from.pointee, count: run)
      } else {
        for index in 0..<run { to[index] = from[index &* step] }
      }
      done += run
      position += run
      column = 0
    }
  }
}
