import CTorch

extension Tensor {
    /// Makes this tensor a parameter, whose gradient ``backward()`` collects.
    public func requireGradient() throws(TorchError) {
        try TorchError.check(ct_require_gradient(handle))
    }

    /// Whether this is a parameter, or depends on one.
    public var requiresGradient: Bool { ct_requires_gradient(handle) }

    /// Adds the gradient of this scalar to every parameter that it depends on.
    public func backward() throws(TorchError) {
        try TorchError.check(ct_backward(handle))
    }

    /// Adds to every parameter that this result depends on its gradient, where the result's own gradient was found elsewhere, as on another
    /// machine that went on from its values.
    ///
    /// - Parameter gradient: Of this result, in its shape.
    public func backward(from gradient: Tensor) throws(TorchError) {
        try TorchError.check(ct_backward_from(handle, gradient.handle))
    }

    /// The gradient of one input of this result, where the result's own gradient is given. No parameter collects anything, and the graph
    /// stays for further gradients.
    ///
    /// - Parameters:
    ///   - input: A tensor that requires gradients and that this result depends on.
    ///   - gradient: Of this result, in its shape.
    public func gradient(of input: Tensor, from gradient: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ct_gradient_of(handle, gradient.handle, input.handle, $0) }
    }

    /// The gradient that was collected, if any.
    public func gradient() throws(TorchError) -> Tensor? {
        var out: OpaquePointer?
        try TorchError.check(ct_gradient(handle, &out))
        return out.map(Tensor.init(owning:))
    }

    /// Takes what parameters collected, so that it can be added to what others collected.
    ///
    /// - Parameters:
    ///   - parameters: Tensors that require gradients; none has one afterwards.
    ///   - numbers: What is added behind the gradients.
    /// - Returns: The gradients one after the other, for each parameter whether it has one, and the numbers.
    /// - Throws: ``TorchError`` where a gradient is sparse.
    public static func takeGradients(of parameters: [Tensor], adding numbers: [Float]) throws(TorchError) -> Tensor {
        let handles: [OpaquePointer?] = parameters.map(\.handle)
        return try make { ct_take_gradients(handles, Int32(handles.count), numbers, Int32(numbers.count), $0) }
    }

    /// Gives parameters their gradients back, as ``takeGradients(of:adding:)`` or a sum of its results has them.
    ///
    /// - Parameter factor: What the gradients are multiplied by.
    /// - Throws: ``TorchError`` where this tensor is too short.
    public func putGradients(of parameters: [Tensor], times factor: Double) throws(TorchError) {
        let handles: [OpaquePointer?] = parameters.map(\.handle)
        try TorchError.check(ct_put_gradients(handles, Int32(handles.count), handle, factor))
    }

    /// The same elements, cut off from gradients.
    public func detached() throws(TorchError) -> Tensor {
        try Tensor.make { ct_detach(handle, $0) }
    }
}

/// Runs a body without recording gradients, on this thread.
///
/// - Parameter body: What to run; its result is returned.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = ct_set_gradient_mode(false)
    defer { _ = ct_set_gradient_mode(before) }
    return try body()
}

/// The LibTorch behind this module.
public enum LibTorch {
    /// Version of the headers that were compiled in, for example `2.15.0`.
    public static var version: String { String(cString: ct_version()) }

    /// Number of threads that one operation may use.
    public static var threads: Int { Int(ct_threads()) }

    /// Sets the number of threads that one operation may use.
    ///
    /// - Parameter count: At least 1; with 1 a run with the same seed repeats bit for bit.
    public static func setThreads(_ count: Int) throws(TorchError) {
        try TorchError.check(ct_set_threads(Int32(clamping: count)))
    }
}
