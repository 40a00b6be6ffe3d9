import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkModels
import MetaNetworkTraining

/// A task whose subjects can learn on devices of their own.
package protocol DeviceTask: LearningTask {
    /// Has the subjects of a part learn on their own labelled examples, one after the other, and measures each after that.
    func scores(
        of device: TaughtDevice,
        on part: Part,
        _ lesson: DeviceLesson,
        _ configuration: TrainingConfiguration
    ) throws -> Scores
}

extension EpisodicTask: DeviceTask {
    /// From labelled samples of the support.
    package func scores(
        of device: TaughtDevice,
        on part: Part,
        _ lesson: DeviceLesson,
        _ configuration: TrainingConfiguration
    ) throws -> Scores {
        let all = source.episodes(part)
        let episodes = Array(all.prefix(lesson.subjects ?? all.count))
        var outputs: [Float] = []
        for episode in episodes {
            try lesson.check()
            device.reset()
            let (inputs, targets) = examples(episode, lesson.labels)
            if !inputs.isEmpty {
                try device.learn { try Solver($0, inputs: inputs, targets: targets, optimizer: $1) }
            }
            outputs += try device.outputs(of: episode.query)
        }
        guard outputs.allSatisfy(\.isFinite) else { throw TrainingError.scoreNotFinite }
        return Scores(EpisodeScores(episodes: episodes, outputs: outputs, description: source.outputs))
    }

    /// The labelled samples of an episode; of classes the first of each.
    private func examples(_ episode: Episode, _ labels: Int?) -> (inputs: [[Float]], targets: Solver.Targets) {
        guard source.outputs.kind == .classification else {
            let width = source.outputs.names.count
            let rows = episode.support.indices.map { Array(episode.supportTargets[$0 * width..<($0 + 1) * width]) }
            return (episode.support, .values(rows))
        }
        let classes = episode.supportTargets.map { Int($0) }
        var counts: [Int: Int] = [:]
        let places = classes.indices.filter { place in
            counts[classes[place], default: 0] += 1
            return counts[classes[place], default: 0] <= labels ?? .max
        }
        return (places.map { episode.support[$0] }, .classes(places.map { classes[$0] }))
    }
}

extension RankingTask: DeviceTask {
    /// From as many of each user's latest training interactions as the generator would read.
    package func scores(
        of device: TaughtDevice,
        on part: Part,
        _ lesson: DeviceLesson,
        _ configuration: TrainingConfiguration
    ) throws -> Scores {
        let limit = (configuration.generator ?? GeneratorConfiguration()).window
        let (loss, negatives) = try comparison(device.model.graph, configuration)
        let sampler = sampler()
        let evaluator = RankingEvaluator(DeviceScorer(device, dataset), dataset)
        let scores = try evaluator.scores(candidates(part), users: lesson.subjects) { user in
            try lesson.check()
            device.reset()
            let choices = choices(of: user, limit: limit, window: device.model.graph.window)
            guard !choices.isEmpty else { return }
            try device.learn { model, optimizer in
                try Solver(model, choices: choices, loss: loss, optimizer: optimizer)
            } prepare: { solver, step in
                guard negatives > 0 else { return }
                var random = SeededGenerator(
                    seed: configuration.seed,
                    streams: [42, UInt64(user), UInt64(step)]
                )
                try solver.compare(with: choices.map { _ in try drawn(negatives, of: sampler, user, &random) })
            }
        }
        return aged(scores)
    }

    /// The loss that trained the base, as far as a device has it, and the items that a choice is compared with; 0 for all of them.
    private func comparison(
        _ graph: ModelGraph,
        _ configuration: TrainingConfiguration
    ) throws -> (Solver.RankingLoss, negatives: Int) {
        let name = try configuration.loss.resolved(graph, itemCount: dataset.itemCount)
        let negatives = configuration.negatives ?? name.negatives
        return switch name {
        case .automatic, .softmax: (.softmax(), 0)
        case .sampledSoftmax: (.softmax(weight: Double(dataset.itemCount - 1) / Double(negatives)), negatives)
        case .binary, .generalizedBinary: (.binary(), negatives)
        }
    }

    /// The latest training interactions of a user, each in what a device knows of its context.
    private func choices(of user: Int, limit: Int, window: Int) -> [Choice] {
        let training = dataset.items[dataset.offsets[user]..<dataset.trainingEnds[user]].map(Int.init)
        var choices = Choice.latest(of: training, limit: limit, window: window)
        let first = dataset.trainingEnds[user] - choices.count
        for place in choices.indices {
            choices[place].context = dataset.contexts?.rowOnDevice(of: user, at: first + place)
        }
        return choices
    }

    private func drawn(
        _ count: Int,
        of sampler: NegativeSampler,
        _ user: Int,
        _ random: inout SeededGenerator
    ) throws -> [Int] {
        var items: [Int32] = []
        try sampler.sample(count, user: user, into: &items, using: &random)
        return items.map(Int.init)
    }
}

/// Scores positions with a device's model as it is.
private struct DeviceScorer: PositionScorer {
    private let device: TaughtDevice
    private let dataset: InteractionDataset
    private let catalogue: [Int]

    init(_ device: TaughtDevice, _ dataset: InteractionDataset) {
        (self.device, self.dataset, catalogue) = (device, dataset, Array(1..<dataset.itemCount + 1))
    }

    private func history(_ position: Int, _ user: Int32) -> [Int] {
        dataset.items[dataset.offsets[Int(user)]..<position].suffix(device.model.graph.window).map(Int.init)
    }

    func scores(
        _ positions: ArraySlice<Int>,
        users: ArraySlice<Int32>,
        candidates: ArraySlice<Int32>
    ) throws -> [Float] {
        let count = candidates.count / max(1, positions.count)
        var (all, scores, rest) = ([Float](), [Float](), candidates)
        for (position, user) in zip(positions, users) {
            try device.score(
                history: history(position, user),
                candidates: rest.prefix(count).map(Int.init),
                context: dataset.contexts?.row(of: Int(user), at: position),
                into: &scores
            )
            all += scores
            rest = rest.dropFirst(count)
        }
        return all
    }

    func forEachPosition(
        _ positions: ArraySlice<Int>,
        users: ArraySlice<Int32>,
        _ body: (Int, UnsafeBufferPointer<Float>) throws -> Void
    ) throws {
        var scores: [Float] = []
        for (position, user) in zip(positions, users) {
            try device.score(
                history: history(position, user),
                candidates: catalogue,
                context: dataset.contexts?.row(of: Int(user), at: position),
                into: &scores
            )
            try scores.withUnsafeBufferPointer { try body(position, $0) }
        }
    }
}
