/// The values of one parameter, row by row (the last dimension varies fastest), as 32-bit floating-point numbers.
public struct WeightTensor: Sendable, Equatable {
    /// Sizes of the dimensions; empty for a single number.
    public let shape: [Int]
    /// The values; as many as the product of ``shape``.
    public let values: [Float]

    /// Creates a tensor.
    ///
    /// - Parameters:
    ///   - shape: Sizes of the dimensions, 0 or more each.
    ///   - values: The values row by row.
    /// - Throws: ``WeightTensorError`` if the shape is impossible or does not fit the number of values.
    public init(shape: [Int], values: [Float]) throws(WeightTensorError) {
        let count = try Self.elementCount(of: shape)
        guard count == values.count else {
            throw .wrongCount(shape: shape, needed: count, found: values.count)
        }
        self.shape = shape
        self.values = values
    }

    /// The product of the sizes, which is 1 for no dimensions.
    static func elementCount(of shape: [Int]) throws(WeightTensorError) -> Int {
        guard shape.allSatisfy({ $0 >= 0 }) else { throw .impossibleShape(shape) }
        // Whatever the others are, a dimension of size 0 makes it 0 and cannot overflow.
        guard !shape.contains(0) else { return 0 }
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { throw .impossibleShape(shape) }
            count = product
        }
        return count
    }
}

/// Why a ``WeightTensor`` cannot be.
public enum WeightTensorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A size is negative, or their product does not fit an `Int`.
    case impossibleShape([Int])
    /// The shape needs another number of values than there are.
    case wrongCount(shape: [Int], needed: Int, found: Int)

    /// What is wrong and how to fix it.
    public var description: String {
        switch self {
        case .impossibleShape(let shape):
            "shape \(shape) is impossible: sizes must be 0 or more and their product must fit 64 bits"
        case .wrongCount(let shape, let needed, let found):
            "shape \(shape) needs \(needed) values, there are \(found); pass values and shape of the same parameter"
        }
    }
}
