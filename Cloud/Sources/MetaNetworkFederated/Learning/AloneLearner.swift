import MetaNetwork
import MetaNetworkData

/// Every device learns a model of its own, by itself: what a shared model has to be better than.
///
/// The parameters are those of all devices' models, one after the other; each is measured on its own device alone.
public struct AloneLearner: LocalLearner {
    private let learner: SeriesLearner
    /// The device that a row belongs to, by the first row of each.
    private let devices: [Int32: Int]

    /// - Parameter learner: Learns each device's model.
    public init(_ learner: SeriesLearner) {
        self.learner = learner
        let shards = learner.series.shards.enumerated().compactMap { device, rows in rows.first.map { ($0, device) } }
        devices = Dictionary(uniqueKeysWithValues: shards)
    }

    /// The model that each device has.
    public var architecture: Architecture { learner.architecture }
    /// Number of parameters of all devices' models.
    public var parameterCount: Int { learner.parameterCount * learner.series.names.count }
    /// Multiply-adds of one window, forward.
    public var multiplyAdds: Int { learner.multiplyAdds }

    /// The same parameters for each.
    public func start(seed: UInt64) throws -> [Float] {
        let own = try learner.start(seed: seed)
        return learner.series.names.flatMap { _ in own }
    }

    /// Learns one device's model; the others stay as they are.
    public func train(
        from parameters: [Float],
        on rows: [Int32],
        _ work: LocalWork,
        random: inout SeededGenerator
    ) throws -> LocalResult {
        guard let device = rows.first.flatMap({ devices[$0] }) else {
            preconditionFailure("a device learns from all of its windows")
        }
        let result = try learner.train(from: own(parameters, device), on: rows, work, random: &random)
        var all = parameters
        all.replaceSubrange(place(of: device), with: result.parameters)
        return LocalResult(parameters: all, loss: result.loss, gradient: nil, steps: result.steps)
    }

    /// Measures each device's model on its own windows.
    public func measure(_ parameters: [Float], on part: ExamplePart) throws -> Measurement {
        try learner.series.measurement(of: part) { try forecasts(parameters, $0) }
    }

    /// What the last 20 % of each series score.
    public func scores(_ parameters: [Float]) throws -> Scores {
        learner.series.scores(try forecasts(parameters, .test))
    }

    private func forecasts(_ parameters: [Float], _ part: Part) throws -> [Float] {
        try learner.series.names.indices.flatMap { device in
            try learner.forecasts(own(parameters, device), part, of: device)
        }
    }

    private func place(of device: Int) -> Range<Int> {
        device * learner.parameterCount..<(device + 1) * learner.parameterCount
    }

    private func own(_ parameters: [Float], _ device: Int) -> [Float] { Array(parameters[place(of: device)]) }
}
