import CTorch

/// The Adam optimizer (Kingma and Ba 2015) with the gradient's norm clipped.
///
/// Of a table with a sparse gradient it changes the rows that were read, and their moments, alone. Where processes divide a table, each has the
/// moments of its own rows and changes those.
public final class Adam {
    /// The tensors that are trained.
    public let parameters: [Tensor]
    /// Running means of the gradients, in the order of ``parameters``; of divided tables the own blocks, one after the other.
    public let firstMoments: [Tensor]
    /// Running means of the squared gradients, as ``firstMoments``.
    public let secondMoments: [Tensor]
    /// Steps taken.
    public var step = 0
    private let learningRate: Double
    private let weightDecay: Double
    private let clipNorm: Double
    private let shares: [Int: RowShare]

    /// Creates an optimizer whose moments are zero.
    ///
    /// - Parameters:
    ///   - parameters: Tensors that require gradients.
    ///   - learningRate: Step size.
    ///   - weightDecay: Share of matrices and tables that a step takes off them, times the step size (decoupled weight decay,
    ///     Loshchilov and Hutter 2019).
    ///   - clipNorm: Largest norm of all gradients together; longer ones are scaled down to it.
    ///   - shares: What this process has of the tables that are divided, by their places among the parameters.
    public init(
        _ parameters: [Tensor],
        learningRate: Double = 1e-3,
        weightDecay: Double = 0,
        clipNorm: Double = 5,
        shares: [Int: RowShare] = [:]
    ) throws(TorchError) {
        self.parameters = parameters
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.clipNorm = clipNorm
        self.shares = shares
        var moments: [Tensor] = []
        for _ in 0..<2 {
            for (place, parameter) in parameters.enumerated() {
                var shape = parameter.shape
                if let share = shares[place] { shape[0] = share.own.count * RowShare.length(ofBlockOf: shape[0]) }
                moments.append(try Tensor([Float](repeating: 0, count: shape.reduce(1, *)), shape: shape))
            }
        }
        firstMoments = Array(moments.prefix(parameters.count))
        secondMoments = Array(moments.suffix(parameters.count))
    }

    /// Takes one step along the collected gradients and clears them.
    ///
    /// - Parameters:
    ///   - rows: The gradients of this process's rows of divided tables, by the tables' places.
    ///   - squares: The sum of squares of the gradients of divided tables, whoever has the rows.
    /// - Returns: The norm of all gradients before clipping. Where it is not finite nothing was changed.
    public func takeStep(along rows: [Int: RowGradient] = [:], squares: Double = 0) throws(TorchError) -> Double {
        var norm = 0.0
        let settings = ct_adam(
            step: Int64(step + 1),
            rate: learningRate,
            decay: weightDecay,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            clip: clipNorm
        )
        let whole = parameters.indices.filter { shares[$0] == nil }
        let values: [OpaquePointer?] = whole.map { parameters[$0].handle }
        let first: [OpaquePointer?] = whole.map { firstMoments[$0].handle }
        let second: [OpaquePointer?] = whole.map { secondMoments[$0].handle }
        try TorchError.check(ct_adam_step(values, first, second, Int32(whole.count), settings, squares, &norm))
        guard norm.isFinite else { return norm }
        for (place, gradient) in rows {
            guard let share = shares[place] else { preconditionFailure("only divided tables have gradients of rows") }
            try TorchError.check(
                ct_adam_rows(
                    parameters[place].handle,
                    gradient.rows.handle,
                    gradient.values.handle,
                    firstMoments[place].handle,
                    secondMoments[place].handle,
                    share.handle,
                    settings,
                    norm
                )
            )
        }
        step += 1
        return norm
    }
}
