import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkTraining

/// What a device measures when its parameters travelled in some format: the device's own runtime, and weights that were written
/// and read again for every position.
struct PayloadEvaluation: Encodable {
    let format: String
    let sampled: [String: Double]
    /// Bytes of one answer.
    let bytes: Int
    /// Largest difference of a weight from the one that was generated.
    let largestError: Float

    /// Positions whose parameters are generated together.
    private static let batch = 256

    /// - Parameters:
    ///   - bundle: A bundle with a generator.
    ///   - dataset: The interactions.
    ///   - candidates: Stored candidates of the positions.
    ///   - format: How the weights travel.
    init(
        _ bundle: ModelBundle,
        _ dataset: InteractionDataset,
        _ candidates: EvaluationCandidates,
        _ format: PayloadFormat
    ) throws {
        let generator = try ParameterGenerator(bundle)
        var model = try DeviceModel(
            bundle.manifest.architecture,
            itemCount: bundle.manifest.items,
            weights: bundle.deviceWeights
        )
        let count = 1 + candidates.negatives
        var (scores, row, bytes, largestError) = ([Float](), [Float](), 0, Float(0))
        for first in stride(from: 0, to: candidates.positions.count, by: Self.batch) {
            let rows = first..<min(first + Self.batch, candidates.positions.count)
            let histories = rows.map { index in
                Array(dataset.items[dataset.offsets[Int(candidates.users[index])]..<candidates.positions[index]])
            }
            let values = try generator.generate(samples: histories)
            for (place, index) in rows.enumerated() {
                let start = place * generator.valueCount
                let made = try generator.weights(values[start..<start + generator.valueCount])
                let payload = try SafeTensors.encode(made, as: format.elementType)
                let received = try SafeTensors.decode(payload).weights
                bytes = payload.count
                largestError = max(largestError, Self.difference(made, received))
                try model.personalize(received)
                let items = candidates.items[index * count..<(index + 1) * count].map(Int.init)
                model.score(history: histories[place].map(Int.init), candidates: items, into: &row)
                scores += row
            }
        }
        let lengths = zip(candidates.positions, candidates.users).map { Int32($0 - dataset.offsets[Int($1)]) }
        sampled = try Metrics(
            RankedScores(users: candidates.users, historyLengths: lengths, scores: scores, candidatesPerRow: count)
        ).values
        self.format = format.rawValue
        self.bytes = bytes
        self.largestError = largestError
    }

    private static func difference(_ left: Weights, _ right: Weights) -> Float {
        left.names.reduce(0) { largest, name in
            zip(left[name]?.values ?? [], right[name]?.values ?? []).reduce(largest) { max($0, abs($1.0 - $1.1)) }
        }
    }
}
