import CTorch

/// Eigenvalues and eigenvectors of a symmetric matrix in double precision.
public struct SymmetricEigen: Sendable {
    /// The eigenvalues, ascending.
    public let values: [Double]
    /// The vectors as columns, [size, size] row-major.
    public let vectors: [Double]

    /// - Parameters:
    ///   - matrix: [size, size], row-major; its lower triangle is read.
    ///   - size: At least 1. Takes time of order size³.
    /// - Throws: ``TorchError`` where a number is not finite, or the search does not converge.
    public init(_ matrix: [Double], size: Int) throws(TorchError) {
        precondition(size > 0 && matrix.count == size * size, "a matrix has size · size values")
        guard matrix.allSatisfy(\.isFinite) else {
            throw TorchError(description: "a matrix with values that are not finite has no eigenvalues")
        }
        var (values, vectors) = ([Double](repeating: 0, count: size), [Double](repeating: 0, count: size * size))
        try TorchError.check(ct_symmetric_eigen(matrix, Int64(size), &values, &vectors))
        (self.values, self.vectors) = (values, vectors)
    }
}
