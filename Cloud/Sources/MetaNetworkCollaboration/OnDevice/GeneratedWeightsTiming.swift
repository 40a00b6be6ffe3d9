import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkModels
import MetaNetworkTraining

/// How long generated weights take from wanted to in use, without the network between: some devices, one after the other.
package struct GeneratedWeightsTiming {
    /// Milliseconds of a device: it computes what stands for its samples, reads what came and swaps it in; the median.
    package let device: Double
    /// The same with the cloud's part, which makes the weights of one device alone and writes them in half precision.
    package let whole: Double

    /// Devices that are timed.
    private static let subjects = 200

    /// - Throws: `ModelError` where nothing is generated; `TorchError`.
    package init(_ trained: TrainedModel, _ task: some LearningTask) throws {
        let generator = try Self.served(trained, task)
        var device = try DeviceModel(
            trained.model.network.graph.architecture,
            itemCount: task.itemNames.count,
            weights: trained.deviceWeights(task)
        )
        let clock = ContinuousClock()
        var (own, all): ([Double], [Double]) = ([], [])
        for samples in Self.samples(task, window: generator.window).prefix(Self.subjects) {
            let began = clock.now
            let sent = try samples.embeddings(&device)
            let asked = clock.now
            let values = try sent.map { try generator.generate(embeddings: [$0]) } ?? samples.generated(generator)
            let payload = try SafeTensors.encode(generator.weights(values[...]), as: .float16)
            let answered = clock.now
            try device.personalize(SafeTensors.decode(payload).weights)
            let end = clock.now
            own.append(((asked - began) + (end - answered)) / .milliseconds(1))
            all.append((end - began) / .milliseconds(1))
        }
        (self.device, whole) = (Self.median(own), Self.median(all))
    }

    /// The generator as a bundle has it.
    private static func served(_ trained: TrainedModel, _ task: some LearningTask) throws -> ParameterGenerator {
        let (configuration, weights) = try trained.model.requiredGenerator
            .folded(global: trained.model.network.parameters)
        let model = try JointModel(
            trained.model.network.graph.architecture,
            generator: configuration,
            itemCount: task.itemNames.count,
            seed: 1
        )
        try model.network.parameters.assign(trained.deviceWeights(task))
        try model.requiredGenerator.parameters.assign(weights)
        return try model.parameterGenerator()
    }

    private static func median(_ times: [Double]) -> Double {
        times.isEmpty ? 0 : times.sorted()[times.count / 2]
    }

    /// What each device has recorded.
    private static func samples(_ task: some LearningTask, window: Int) -> [Samples] {
        if let task = task as? EpisodicTask {
            return task.source.episodes(.test).map { .inputs(Array($0.support.suffix(window))) }
        }
        guard let dataset = (task as? RankingTask)?.dataset else { return [] }
        return (0..<dataset.userCount).map { user in
            .items(Array(dataset.items[dataset.offsets[user]..<dataset.trainingEnds[user]].suffix(window)))
        }
    }

    private enum Samples {
        case items([Int32])
        case inputs([[Float]])

        /// What a device of vectors sends; `nil` for items, which go by their ids.
        func embeddings(_ device: inout DeviceModel) throws -> [Float]? {
            guard case .inputs(let inputs) = self else { return nil }
            var embeddings: [Float] = []
            for input in inputs { embeddings += try device.sample(of: input) }
            return embeddings
        }

        func generated(_ generator: ParameterGenerator) throws -> [Float] {
            guard case .items(let items) = self else { return [] }
            return try generator.generate(samples: [items])
        }
    }
}
