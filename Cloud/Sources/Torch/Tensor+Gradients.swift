import CTorch

extension Tensor {
    /// Makes this tensor a parameter, whose gradient ``backward()`` collects.
    public func requireGradient() throws(TorchError) {
        try TorchError.check(ct_require_gradient(handle))
    }

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
