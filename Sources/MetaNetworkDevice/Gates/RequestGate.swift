import MetaNetwork

/// Foresees whether the weights in use are about to be wrong, from what the user does now and did when they were made (IntellectReq,
/// arXiv 2302.07335): what a device asks before it asks the cloud.
///
/// ```
/// u  = W2 tanh(W1 s + b1) + b2                     s: mean of the recent samples' embeddings, u: the user's state
/// σ² = exp(Ws relu(Wp u + bp) + bs)                the Distribution Mapper's prior: how widely the next choices spread
/// U  = Σ_j c_j σ²_j                                variance of what is predicted, drawn from it
/// m  = w · [tanh(Wr (u' ⊕ u) + br), U] + b         the Mis-Recommendation Detector: the logit of a mistake; u' when the weights were made
/// ```
///
/// The paper takes U as the variance over ten draws. What is predicted is linear in what is drawn, so the variance over all draws is
/// this sum, with c_j the squared norm of what coordinate j does to the prediction: no random numbers, a tenth of the work, and the
/// same answer twice.
///
/// With samples of width 32 it has 3,200 values (13 kB, once) and a decision costs 4,900 multiply-adds.
public struct RequestGate: Sendable {
    /// Scores of validation, of ``score(recent:behind:)``.
    public let errors: ScoreScale
    /// Distances of validation, of ``distance(_:_:)``: what a gate is to be measured against, as it costs nothing.
    public let distances: ScoreScale
    /// Values of what stands for a sample.
    public let sampleWidth: Int
    private let first: GateLayer
    private let second: GateLayer
    private let prior: GateLayer
    private let spread: GateLayer
    private let influence: [Float]
    private let reading: GateLayer
    private let decision: GateLayer

    /// Reads a gate.
    ///
    /// - Parameters:
    ///   - weights: The tensors of ``shapes(sampleWidth:)`` and nothing else.
    ///   - sampleWidth: Values of what stands for a sample of the model.
    public init(_ weights: Weights, sampleWidth: Int) throws(RequestGateError) {
        let tensors = try GateTensors(weights, Self.shapes(sampleWidth: sampleWidth))
        let (values, layer) = (tensors.values, tensors.layer)
        self.sampleWidth = sampleWidth
        (first, second, prior, spread) = (layer("user1"), layer("user2"), layer("prior"), layer("spread"))
        (influence, reading, decision) = (values(Self.influence), layer("reading"), layer("decision"))
        errors = try ScoreScale(steps: values(Self.errors))
        distances = try ScoreScale(steps: values(Self.distances))
    }

    /// Values of what the Distribution Mapper draws.
    public static let drawnWidth = 16
    private static let influence = "influence"
    private static let errors = "errors"
    private static let distances = "distances"

    /// The tensors of a gate, layers as inputs × outputs.
    ///
    /// - Parameter sampleWidth: Values of what stands for a sample of the model.
    public static func shapes(sampleWidth: Int) -> [(name: String, shape: [Int])] {
        let layer = GateLayer.shapes
        return layer("user1", sampleWidth, sampleWidth) + layer("user2", sampleWidth, sampleWidth)
            + layer("prior", sampleWidth, drawnWidth) + layer("spread", drawnWidth, drawnWidth)
            + [(influence, [drawnWidth])] + layer("reading", 2 * sampleWidth, 1) + layer("decision", 2, 1)
            + [(errors, [101]), (distances, [101])]
    }

    /// Multiply-adds of a decision.
    public var multiplyAdds: Int {
        4 * sampleWidth * sampleWidth + sampleWidth * Self.drawnWidth + Self.drawnWidth * (Self.drawnWidth + 1)
            + 2 * sampleWidth + 2
    }

    /// How likely the weights in use are wrong: a logit, larger where a mistake is likelier.
    ///
    /// - Parameters:
    ///   - recent: Mean of what stands for the recent samples, ``sampleWidth`` values.
    ///   - behind: The same when the weights were made.
    /// - Returns: `nil` for means of another width.
    public func score(recent: [Float], behind: [Float]) -> Float? {
        guard recent.count == sampleWidth, behind.count == sampleWidth else { return nil }
        let (state, former) = (user(recent), user(behind))
        let read = GateLayer.tanh(reading.outputs(of: former + state)[0])
        let score = decision.outputs(of: [read, uncertainty(ofState: state)])[0]
        // What overflows is no reason for a request.
        return score.isFinite ? score : nil
    }

    /// How widely the user's next choices spread, as the Distribution Mapper sees it: U alone.
    ///
    /// - Parameter recent: Mean of what stands for the recent samples, ``sampleWidth`` values.
    /// - Returns: `nil` for a mean of another width.
    public func uncertainty(recent: [Float]) -> Float? {
        recent.count == sampleWidth ? uncertainty(ofState: user(recent)) : nil
    }

    /// Euclidean distance between two means of what stands for samples; `nil` where one has another width.
    public static func distance(_ recent: [Float], _ behind: [Float]) -> Float? {
        guard recent.count == behind.count else { return nil }
        let sum = zip(recent, behind).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return sum.squareRoot()
    }

    private func user(_ mean: [Float]) -> [Float] { second.outputs(of: first.outputs(of: mean).map(GateLayer.tanh)) }

    private func uncertainty(ofState state: [Float]) -> Float {
        let logarithms = spread.outputs(of: prior.outputs(of: state).map { max($0, 0) })
        return zip(influence, logarithms).reduce(0) { $0 + $1.0 * GateLayer.exp($1.1) }
    }
}
