import CTorch

/// Plain stochastic gradient descent, without momentum.
public enum SGD {
    /// Takes one step along the collected gradients and clears them.
    ///
    /// - Parameters:
    ///   - parameters: Tensors that require gradients.
    ///   - rate: Step size.
    ///   - anchors: Where the parameters are drawn back to, by `pull` times the distance; empty for nowhere.
    ///   - pull: The strength.
    public static func step(
        _ parameters: [Tensor],
        rate: Double,
        anchors: [Tensor] = [],
        pull: Double = 0
    ) throws(TorchError) {
        let isPulled = pull > 0 && !anchors.isEmpty
        precondition(!isPulled || anchors.count == parameters.count, "an anchor for each parameter")
        let values: [OpaquePointer?] = parameters.map(\.handle)
        let others: [OpaquePointer?] = isPulled ? anchors.map(\.handle) : values
        try TorchError.check(ct_sgd_step(values, others, Int32(values.count), rate, isPulled ? pull : 0))
    }
}
