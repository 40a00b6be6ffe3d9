import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkModels
import MetaNetworkPublishing
import MetaNetworkTraining
import MetaNetworkWire

/// What a device measures when its parameters travelled in some format: the device's own runtime, and weights that were written
/// and read again for every subject.
public struct PayloadEvaluation: Encodable, Sendable {
    /// How the weights travelled.
    public let format: String
    /// The metrics of the main set, by name.
    public let metrics: [String: Double]
    /// Bytes of one answer.
    public let bytes: Int
    /// Largest difference of a weight from the one that was generated.
    public let largestError: Float
}

/// A device whose generated parameters travel in a format.
struct PayloadDevice: ~Copyable {
    let generator: ParameterGenerator
    var model: DeviceModel
    private let format: PayloadFormat
    private(set) var bytes = 0
    private(set) var largestError: Float = 0

    init(_ bundle: ModelBundle, _ format: PayloadFormat) throws {
        let generator = try bundle.parameterGenerator()
        let model = try bundle.deviceModel()
        self.generator = generator
        self.model = model
        self.format = format
    }

    /// Swaps in what was generated for one device, as it arrives.
    mutating func receive(_ values: ArraySlice<Float>) throws {
        let made = try generator.weights(values)
        let payload = try SafeTensors.encode(made, as: format.elementType)
        let received = try SafeTensors.decode(payload).weights
        bytes = payload.count
        largestError = max(largestError, Self.difference(made, received))
        try model.personalize(received)
    }

    /// The evaluation of these metrics.
    func evaluation(_ metrics: Metrics) -> PayloadEvaluation {
        PayloadEvaluation(
            format: format.rawValue,
            metrics: metrics.values,
            bytes: bytes,
            largestError: largestError
        )
    }

    private static func difference(_ left: Weights, _ right: Weights) -> Float {
        left.names.reduce(0) { largest, name in
            guard let own = left[name]?.values, let other = right[name]?.values else {
                preconditionFailure("the tensor '\(name)' was lost on the way")
            }
            return zip(own, other).reduce(largest) { max($0, abs($1.0 - $1.1)) }
        }
    }
}

extension RankingTask {
    /// Positions whose parameters are generated together.
    private static var positionsAtATime: Int { 256 }

    /// Every test position is ranked by the device runtime, with the weights that its history gives.
    public func evaluatePayload(_ bundle: ModelBundle, _ format: PayloadFormat) throws -> PayloadEvaluation {
        let candidates = try candidates(.test)
        var device = try PayloadDevice(bundle, format)
        let (count, width) = (1 + candidates.negatives, device.generator.valueCount)
        var (scores, row) = ([Float](), [Float]())
        for first in stride(from: 0, to: candidates.positions.count, by: Self.positionsAtATime) {
            let rows = first..<min(first + Self.positionsAtATime, candidates.positions.count)
            let histories = rows.map { index in
                Array(dataset.items[dataset.offsets[Int(candidates.users[index])]..<candidates.positions[index]])
            }
            let values = try device.generator.generate(samples: histories)
            for (place, index) in rows.enumerated() {
                try device.receive(values[place * width..<(place + 1) * width])
                try device.model.useContext(
                    dataset.contexts?.row(of: Int(candidates.users[index]), at: candidates.positions[index])
                )
                let items = candidates.items[index * count..<(index + 1) * count].map(Int.init)
                device.model.score(history: histories[place].map(Int.init), candidates: items, into: &row)
                scores += row
            }
        }
        let lengths = zip(candidates.positions, candidates.users).map { Int32($0 - dataset.offsets[Int($1)]) }
        return device.evaluation(
            try Metrics(
                RankedScores(users: candidates.users, historyLengths: lengths, scores: scores, candidatesPerRow: count)
            )
        )
    }
}

extension EpisodicTask {
    /// Every test episode's queries are run by the device runtime, with the weights that its support gives.
    public func evaluatePayload(_ bundle: ModelBundle, _ format: PayloadFormat) throws -> PayloadEvaluation {
        var device = try PayloadDevice(bundle, format)
        let episodes = source.episodes(.test)
        var outputs: [Float] = []
        for episode in episodes {
            let samples = try episode.support.flatMap { try device.model.sample(of: $0) }
            try device.receive(device.generator.generate(embeddings: [samples])[...])
            for input in episode.query { outputs += try device.model.outputs(of: input) }
        }
        return device.evaluation(
            Metrics(EpisodeScores(episodes: episodes, outputs: outputs, description: source.outputs))
        )
    }
}
