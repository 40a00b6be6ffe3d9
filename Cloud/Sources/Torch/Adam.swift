import CTorch

/// The Adam optimizer (Kingma and Ba 2015) with the gradient's norm clipped.
///
/// Of a table with a sparse gradient it changes the rows that were read, and their moments, alone.
public final class Adam {
    /// The tensors that are trained.
    public let parameters: [Tensor]
    /// Running means of the gradients, in the order of ``parameters``.
    public let firstMoments: [Tensor]
    /// Running means of the squared gradients, in the order of ``parameters``.
    public let secondMoments: [Tensor]
    /// Steps taken.
    public var step = 0
    private let learningRate: Double
    private let weightDecay: Double
    private let clipNorm: Double

    /// Creates an optimizer whose moments are zero.
    ///
    /// - Parameters:
    ///   - parameters: Tensors that require gradients.
    ///   - learningRate: Step size.
    ///   - weightDecay: Share of matrices and tables that a step takes off them, times the step size (decoupled weight decay,
    ///     Loshchilov and Hutter 2019).
    ///   - clipNorm: Largest norm of all gradients together; longer ones are scaled down to it.
    public init(
        _ parameters: [Tensor],
        learningRate: Double = 1e-3,
        weightDecay: Double = 0,
        clipNorm: Double = 5
    ) throws(TorchError) {
        self.parameters = parameters
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.clipNorm = clipNorm
        var moments: [Tensor] = []
        for parameter in parameters + parameters {
            let shape = parameter.shape
            moments.append(try Tensor([Float](repeating: 0, count: shape.reduce(1, *)), shape: shape))
        }
        firstMoments = Array(moments.prefix(parameters.count))
        secondMoments = Array(moments.suffix(parameters.count))
    }

    /// Takes one step along the collected gradients and clears them.
    ///
    /// - Returns: The norm of the gradients before clipping. Where it is not finite nothing was changed.
    public func takeStep() throws(TorchError) -> Double {
        var norm = 0.0
        let count = Int32(parameters.count)
        let values: [OpaquePointer?] = parameters.map(\.handle)
        let first: [OpaquePointer?] = firstMoments.map(\.handle)
        let second: [OpaquePointer?] = secondMoments.map(\.handle)
        let status = ct_adam_step(
            values,
            first,
            second,
            count,
            Int64(step + 1),
            learningRate,
            weightDecay,
            0.9,
            0.999,
            1e-8,
            clipNorm,
            &norm
        )
        try TorchError.check(status)
        if norm.isFinite { step += 1 }
        return norm
    }
}
