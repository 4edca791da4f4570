/// Every primitive, each with one row in the table (see Primitives/).
package enum Op: UInt8, CaseIterable, Sendable {
  // Leaves
  case constant, data, iota, randomUniform, randomNormal
  // Elementwise, of one operand
  case negate, absolute, sign, exp, expm1, log, log1p, sqrt, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, erf, sigmoid
  case reciprocal, floor, ceil, round, isNan, not, cast
  // Elementwise, of two operands
  case add, subtract, multiply, divide, floorDivide, modulo, power, maximum, minimum
  case equal, notEqual, less, lessEqual, greater, greaterEqual, and, or
  // Elementwise, of three
  case select
  // Along axes
  case sum, product, reduceMaximum, reduceMinimum, argmax, argmin, cumulativeSum, argsort
  // Movement
  case reshape, permute, broadcast, slice, replaceSlice, pad, concatenate
  // Indexing
  case gather, scatterAdd
  // Products
  case matrixProduct
  // Linear algebra
  case solve, inverse, determinant, logDeterminant, cofactors, cholesky, orthogonalFactors, symmetricEigen, singularValues
  // Windows of images
  case convolution, convolutionInput, convolutionKernel, maxPool, maxPoolScatter, maxPoolGather
  // Derivatives
  case mark, detach

  /// The name that documentation and errors use.
  package var name: String { Primitive.table[Int(rawValue)].name }
  package var documentation: String { Primitive.table[Int(rawValue)].documentation }
}
