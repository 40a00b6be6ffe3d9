import CTorch

/// A tensor of LibTorch: 32-bit floats, or 64-bit indices.
///
/// The handle is freed when the last reference goes. Tensors are not `Sendable`: a model is trained on one thread of
/// the caller, and LibTorch spreads the work of each operation over its own.
public final class Tensor {
    let handle: OpaquePointer

    init(owning handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        ct_free(handle)
    }

    /// Copies floats into a tensor.
    ///
    /// - Parameters:
    ///   - values: The elements, row-major.
    ///   - shape: Shape whose product is the number of elements.
    /// - Throws: ``TorchError`` where the count does not fit.
    public convenience init(_ values: [Float], shape: [Int]) throws(TorchError) {
        try Tensor.checkCount(values.count, shape)
        let sizes = shape.map(Int64.init)
        self.init(
            owning: try Tensor.produce { out in
                values.withUnsafeBufferPointer { ct_from_floats($0.baseAddress, sizes, Int32(sizes.count), out) }
            }
        )
    }

    /// Copies indices into a tensor.
    ///
    /// - Parameters:
    ///   - indices: The indices, row-major.
    ///   - shape: Shape whose product is the count of the indices.
    /// - Throws: ``TorchError`` where the count does not fit.
    public convenience init(indices: [Int64], shape: [Int]) throws(TorchError) {
        try Tensor.checkCount(indices.count, shape)
        let sizes = shape.map(Int64.init)
        self.init(
            owning: try Tensor.produce { out in
                indices.withUnsafeBufferPointer { ct_from_indices($0.baseAddress, sizes, Int32(sizes.count), out) }
            }
        )
    }

    /// The shape, outermost axis first.
    public var shape: [Int] {
        (0..<Int(ct_rank(handle))).map { Int(ct_size(handle, Int32($0))) }
    }

    /// Size of one axis; negative axes count from the last.
    public func size(_ axis: Int) -> Int {
        let rank = Int(ct_rank(handle))
        return Int(ct_size(handle, Int32(axis < 0 ? axis + rank : axis)))
    }

    /// The elements, row-major.
    ///
    /// - Throws: ``TorchError`` where memory runs out.
    public func floats() throws(TorchError) -> [Float] {
        let count = shape.reduce(1, *)
        var status: Int32 = 0
        let values = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            status = count == 0 ? 0 : ct_copy_floats(handle, buffer.baseAddress, Int64(count))
            initialized = status == 0 ? count : 0
        }
        try TorchError.check(status)
        return values
    }

    /// The value of a tensor with one element.
    ///
    /// - Throws: ``TorchError`` where the tensor has more or fewer.
    public func scalar() throws(TorchError) -> Float {
        var value: Float = 0
        try TorchError.check(ct_copy_floats(handle, &value, 1))
        return value
    }

    /// Overwrites the elements in place, gradients aside.
    ///
    /// - Parameter values: As many values as the tensor has elements, row-major.
    /// - Throws: ``TorchError`` where the count does not fit.
    public func assign(_ values: [Float]) throws(TorchError) {
        try TorchError.check(ct_assign_floats(handle, values, Int64(values.count)))
    }

    private static func checkCount(_ count: Int, _ shape: [Int]) throws(TorchError) {
        guard shape.reduce(1, *) == count else {
            throw TorchError(description: "a tensor of shape \(shape) cannot hold \(count) values")
        }
    }

    static func produce(
        _ body: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
    ) throws(TorchError) -> OpaquePointer {
        var out: OpaquePointer?
        try TorchError.check(body(&out))
        guard let out else { throw TorchError(description: "LibTorch returned no tensor") }
        return out
    }

    /// Runs an operation that produces a tensor.
    static func make(_ body: (UnsafeMutablePointer<OpaquePointer?>) -> Int32) throws(TorchError) -> Tensor {
        Tensor(owning: try produce(body))
    }
}
