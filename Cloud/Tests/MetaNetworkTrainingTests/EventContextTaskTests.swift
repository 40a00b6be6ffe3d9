import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkModels
import MetaNetworkPublishing
import Testing
import Torch

@testable import MetaNetworkTraining

/// Users go on by 7, 23 or 41 of 60 items: how long they wait, or what they did last, tells which, and their history does not.
@Suite("Rankings in the context of a moment", .serialized)
struct EventContextTaskTests {
    private static let (users, items, length) = (150, 60, 14)
    private static let steps = [7, 23, 41]
    /// Seconds of each kind of waiting.
    private static let waits = [300.0, 40_000, 2_000_000]
    private static let events = ["view", "cart", "buy"]

    /// Interactions of the made-up users.
    ///
    /// - Parameter isWaiting: Whether the time since the choice before tells what comes next; otherwise what was done then does.
    private func data(isWaiting: Bool) throws -> InteractionDataset {
        var random = SeededGenerator(seed: 11)
        var lines = "user,item,time,event\n"
        for user in 0..<Self.users {
            var (item, time, way) = (random.index(below: Self.items), 1e9, 0)
            for _ in 0..<Self.length {
                let next = random.index(below: 3)
                // The event of a line tells what comes after it; the time before a line tells what comes in it.
                lines += "u\(user),i\(item),\(Int(time)),\(Self.events[isWaiting ? random.index(below: 3) : next])\n"
                way = next
                item = (item + Self.steps[way]) % Self.items
                let wait = Self.waits[isWaiting ? way : random.index(below: 3)]
                time += wait * Double(1 + random.uniform())
            }
        }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv")
        try Data(lines.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let log = try InteractionReader.read(url, filter: InteractionFilter(keepsEvents: true))
        return try InteractionDataset(log, kCore: 1, keepsMoments: true)
    }

    /// A task and a model that reads contexts, or none.
    private func task(
        _ data: InteractionDataset,
        reading contexts: [EventContext]
    ) throws -> (RankingTask, Architecture) {
        let bag = Architecture.bag(.init(width: 24, window: 3, dropout: 0))
        guard !contexts.isEmpty else { return (try RankingTask(data, negatives: 20), bag) }
        let architecture = try bag.reading(EventContexts.inputs(of: contexts, in: data).inputs)
        let inputs = try ModelGraph(architecture, itemCount: data.itemCount).inputs
        let known = InteractionContexts(inputs, events: try EventContexts(data, inputs: inputs))
        return (try RankingTask(data.with(known), negatives: 20), architecture)
    }

    private func trained(
        _ task: RankingTask,
        _ architecture: Architecture,
        _ generator: GeneratorConfiguration? = nil
    ) throws -> TrainedModel {
        try LibTorch.setThreads(1)
        let configuration = TrainingConfiguration(
            architecture: architecture,
            generator: generator,
            epochs: 30,
            batch: 64,
            learningRate: 0.01,
            patience: 0
        )
        return try Training(configuration, task).run()
    }

    private func quality(_ model: TrainedModel, _ task: RankingTask) throws -> Double {
        try #require(model.scores(task).sets.first { $0.name == "full" }?.metrics.values["ndcg@10"])
    }

    @Test("gain far more NDCG@10 than without it where the context tells what comes next", arguments: [true, false])
    func gain(isWaiting: Bool) throws {
        let data = try data(isWaiting: isWaiting)
        let (plain, without) = try task(data, reading: [])
        let (told, with) = try task(data, reading: [isWaiting ? .gap : .previous])
        let base = try quality(trained(plain, without), plain)
        let model = try trained(told, with)
        let own = try quality(model, told)
        // Three equally likely items have 0.71 at best, in the mean of their places.
        #expect(base < 0.75 && own > base + 0.15, "\(base) \(own)")
        // Where nobody says the moment, the three stay equally likely.
        let mute = try RankingTask(
            data.with(InteractionContexts(told.dataset.contexts?.inputs ?? [])),
            negatives: 20
        )
        let unknown = try quality(model, mute)
        #expect(unknown > base - 0.03, "\(base) \(unknown)")
        // What tells nothing gains nothing.
        let (idle, other) = try task(data, reading: [isWaiting ? .previous : .gap])
        let nothing = try quality(trained(idle, other), idle)
        #expect(nothing < base + 0.06, "\(base) \(nothing)")
        try check(model, told)
    }

    /// A device that is told of each moment scores as training did.
    private func check(_ model: TrainedModel, _ task: RankingTask) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try ModelBundle.write(model, name: "moments", task: task, metrics: [:], settings: [:], to: folder)
        var device = try ModelBundle(contentsOf: folder).deviceModel()
        let data = task.dataset
        let scorer = try ModelScorer(model.model, data)
        let (positions, users) = data.positions(.test)
        var (place, scores) = (0, [Float]())
        try scorer.forEachPosition(positions.prefix(40), users: users.prefix(40)) { position, expected in
            let user = Int(users[place])
            let known = data.contexts?.values(of: user, at: position) ?? []
            try device.useContext(
                device.row(
                    of: Dictionary(
                        uniqueKeysWithValues: known.map {
                            ($0.name, $0.token.map(InputValue.token) ?? .values($0.values))
                        }
                    )
                )
            )
            let history = data.items[data.offsets[user]..<position].map(Int.init)
            device.score(history: history, candidates: Array(1...data.itemCount), into: &scores)
            #expect(largestDifference(scores, Array(expected)) < 1e-4)
            place += 1
        }
        #expect(place == 40)
    }

    @Test("are learned with a generator too, and steps on a user's own choices are each taken in its moment")
    func generator() throws {
        let (task, architecture) = try task(data(isWaiting: true), reading: [.gap])
        let settings = GeneratorConfiguration(form: .offset, window: 4, width: 6)
        let model = try trained(task, architecture, settings)
        #expect(try quality(model, task) > 0.8)
        let base = try trained(task, architecture)
        // Enough to unlearn what the moment tells, were they taken in another one.
        let tuned = try FineTuning(base, task, model.configuration, steps: 20, learningRates: [0.01]).run()
        let full = try #require(tuned.scores.sets.first { $0.name == "full" }?.metrics.values["ndcg@10"])
        let before = try quality(base, task)
        #expect(full > before - 0.02, "\(full) \(before)")
    }

    @Test("steps on a user's own choices know when each was, and not what was done before it, as a device does")
    func onDevice() throws {
        let (task, architecture) = try task(data(isWaiting: true), reading: [.gap, .previous])
        let configuration = TrainingConfiguration(architecture: architecture)
        let model = try JointModel(architecture, generator: nil, itemCount: task.dataset.itemCount, seed: 1)
        var checked = 0
        _ = try task.scores(model, on: .test, subjects: 3, configuration) { plan in
            var random = SeededGenerator(seed: 1)
            let batch = try #require(try plan?(&random))
            let rows = try #require(try batch.history.context?.inputs.floats())
            let (user, count) = (batch.owners[0], batch.positions)
            let first = task.dataset.trainingEnds[user] - count
            for place in 0..<count {
                let known = task.dataset.contexts?.row(of: user, at: first + place) ?? []
                #expect(rows[2 * place] == known[0] && rows[2 * place + 1].isNaN && known[1] > 0)
                checked += 1
            }
        }
        #expect(checked > 20)
    }

    @Test("are standardized by the moments of training, and refused where the data do not know them")
    func standardized() throws {
        let data = try data(isWaiting: true)
        let (task, architecture) = try task(data, reading: [.gap])
        let model = try JointModel(architecture, generator: nil, itemCount: data.itemCount, seed: 1)
        try task.prepare(model, TrainingConfiguration(architecture: architecture))
        let (positions, users) = data.positions(.training)
        let gaps = zip(users, positions).map { Double(task.dataset.contexts?.row(of: Int($0), at: $1)[0] ?? .nan) }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        #expect(try abs(Double(model.network.parameters["gap even.mean"].floats()[0]) - mean) < 1e-4)
        let error = #expect(throws: ModelError.self) { try trained(RankingTask(data, negatives: 20), architecture) }
        #expect(error.map { "\($0)" }?.contains("--event-context for what is of the moment") == true)
        let (other, _) = try self.task(data, reading: [.previous])
        let second = #expect(throws: ModelError.self) { try trained(other, architecture) }
        #expect(second.map { "\($0)" }?.contains("models of one comparison declare the same ones") == true)
    }
}
