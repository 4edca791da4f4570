// The patches of an image: what a convolution's windows see, a row for each (channel, kernel row, kernel column) and a
// column for each window.

/// Room behind scratch memory: runs are copied by whole registers, whose last lanes the next run overwrites.
let slack = 16

/// Windows of one image that are worked on together: some rows of windows, or a part of one row.
struct PatchBlock {
  var y: Int
  var rows: Int
  var x: Int
  var columns: Int

  var count: Int { rows * columns }
  /// The number of the first window; the others follow it.
  func first(_ s: ConvolutionShape) -> Int { y * s.outWidth + x }
  /// Rows and columns of the image, with its border, that the windows see.
  func regionHeight(_ s: ConvolutionShape) -> Int { (rows - 1) * s.strideY + s.spanY }
  func regionWidth(_ s: ConvolutionShape) -> Int { (columns - 1) * s.strideX + s.spanX }
}

/// How the windows of an image are divided, by its sizes alone.
struct PatchBlocks {
  private let shape: ConvolutionShape
  private let rows: Int
  private let columns: Int
  private let across: Int
  let count: Int
  /// Room for the part of the image that a block sees.
  let regionElements: Int
  /// Room for that and the patches.
  let scratchElements: Int

  /// Patches of about 64 thousand elements, 64 windows at least.
  init(_ s: ConvolutionShape, channels: Int) {
    shape = s
    let taps = max(1, channels * s.area)
    let windows = max(64, 65_536 / taps)
    columns = max(1, min(s.outWidth, windows))
    rows = columns < s.outWidth ? 1 : max(1, min(s.outHeight, windows / columns))
    across = (s.outWidth + columns - 1) / columns
    count = across * ((s.outHeight + rows - 1) / rows)
    let largest = PatchBlock(y: 0, rows: rows, x: 0, columns: columns)
    regionElements = s.isPointwise ? 0 : channels * largest.regionHeight(s) * largest.regionWidth(s) + slack
    scratchElements = regionElements + taps * rows * columns + slack
  }

  /// Windows of the largest block.
  var largest: Int { rows * columns }

  func block(_ number: Int) -> PatchBlock {
    let (down, right) = number.quotientAndRemainder(dividingBy: across)
    let y = down * rows, x = right * columns
    return PatchBlock(y: y, rows: min(rows, shape.outHeight - y), x: x, columns: min(columns, shape.outWidth - x))
  }
}

/// The patches of a block; a row has `leading` elements. Up to seven elements behind a run are written too, and then
/// overwritten by the next; so rows are written in order, and `slack` elements follow the last.
func fillPatches<T: RealElement>(
  _ s: ConvolutionShape, _ block: PatchBlock, channels: Int, _ image: UnsafePointer<T>, region: UnsafeMutablePointer<T>,
  into patches: UnsafeMutablePointer<T>, leading: Int
) {
  if s.isPointwise {
    for channel in 0..<channels { copyElements(image + channel * s.height * s.width + block.first(s), patches + channel * leading, block.count) }
    return
  }
  let height = block.regionHeight(s), width = block.regionWidth(s)
  let top = block.y * s.strideY - s.top, left = block.x * s.strideX - s.left
  // The part of the region's columns that lies in the image.
  let start = min(width, max(0, -left)), end = max(start, min(width, s.width - left))
  for channel in 0..<channels {
    for y in 0..<height {
      let line = region + (channel * height + y) * width
      let row = top + y
      if row < 0 || row >= s.height {
        for x in 0..<width { line[x] = 0 }
        continue
      }
      let source = image + (channel * s.height + row) * s.width + left
      for x in 0..<start { line[x] = 0 }
      copyElements(source + start, line + start, end - start)
      for x in end..<width { line[x] = 0 }
    }
  }
  // Whole registers may be written where the runs of a row follow each other without a gap that holds something else.
  let mayOverrun = leading == block.count
  let lanes = T.Vector.lanes
  for channel in 0..<channels {
    for ky in 0..<s.kernelHeight {
      for kx in 0..<s.kernelWidth {
        var to = patches + ((channel * s.kernelHeight + ky) * s.kernelWidth + kx) * leading
        for row in 0..<block.rows {
          let from = UnsafePointer(region + (channel * height + row * s.strideY + ky * s.dilationY) * width + kx * s.dilationX)
          if s.strideX != 1 {
            for x in 0..<block.columns { to[x] = from[x &* s.strideX] }
          } else if mayOverrun {
            var x = 0
            while x < block.columns {
              T.Vector.load(from + x).store(to + x)
              x &+= lanes
            }
          } else {
            copyElements(from, to, block.columns)
          }
          to += block.columns
        }
      }
    }
  }
}

/// The opposite: adds each element of the patches to where it came from; what came from the border is dropped.
func addPatches<T: RealElement>(
  _ s: ConvolutionShape, _ block: PatchBlock, channels: Int, _ patches: UnsafePointer<T>, to image: UnsafeMutablePointer<T>
) {
  for channel in 0..<channels {
    let plane = image + channel * s.height * s.width
    for ky in 0..<s.kernelHeight {
      for kx in 0..<s.kernelWidth {
        // The windows whose column `kx` lies in the image.
        let left = block.x * s.strideX + kx * s.dilationX - s.left
        let start = min(block.columns, left >= 0 ? 0 : (-left + s.strideX - 1) / s.strideX)
        let end = left >= s.width ? start : max(start, min(block.columns, (s.width - left + s.strideX - 1) / s.strideX))
        let matrix = patches + ((channel * s.kernelHeight + ky) * s.kernelWidth + kx) * block.count
        for row in 0..<block.rows {
          let y = (block.y + row) * s.strideY + ky * s.dilationY - s.top
          if y < 0 || y >= s.height { continue }
          let from = matrix + row * block.columns, line = plane + y * s.width + left
          if s.strideX == 1 {
            addElements(from + start, line + start, end - start)
          } else {
            for x in start..<end { line[x &* s.strideX] += from[x] }
          }
        }
      }
    }
  }
}

/// A run by whole registers, and the rest element by element.
@inline(__always)
func copyElements<T: RealElement>(_ from: UnsafePointer<T>, _ to: UnsafeMutablePointer<T>, _ count: Int) {
  let lanes = T.Vector.lanes
  var i = 0
  while i &+ lanes <= count {
    T.Vector.load(from + i).store(to + i)
    i &+= lanes
  }
  while i < count {
    to[i] = from[i]
    i &+= 1
  }
}

@inline(__always)
func addElements<T: RealElement>(_ from: UnsafePointer<T>, _ to: UnsafeMutablePointer<T>, _ count: Int) {
  let lanes = T.Vector.lanes
  var i = 0
  while i &+ lanes <= count {
    T.Vector.sum(T.Vector.load(UnsafePointer(to + i)), T.Vector.load(from + i)).store(to + i)
    i &+= lanes
  }
  while i < count {
    to[i] += from[i]
    i &+= 1
  }
}
