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

/// Users go through the items by 3 forwards or by 11 backwards, which one item of their history does not tell; neither way leads to where a
/// user has been.
@Suite("Rankings in the context of a user", .serialized)
struct ContextTaskTests {
    private static let users = 40
    private static let items = 60

    private static let architecture = Architecture(
        name: "ways",
        inputs: [
            .init(name: "history", kind: .items, length: 1), .init(name: "candidate", kind: .item),
            .vector("age", width: 1), .token("way", ["forwards", "backwards"]),
        ],
        nodes: [
            .init("read", .embedding(table: "items", width: 12), "history"),
            .init("recent", .last, "read"),
            .init("even", .standardize, "age"),
            .init("where to", .embedding(table: "ways", width: 6), "way"),
            .init("joined", .concatenate, "recent", "even", "where to"),
            .init("hidden", .dense(units: 24, activation: .tanh), "joined"),
            .init("user", .dense(units: 12, dynamic: true), "hidden"),
            .init("target", .embedding(table: "targets", width: 12), "candidate"),
            .init("score", .dot, "user", "target"),
        ],
        output: "score"
    )

    private static func isForwards(_ user: Int) -> Bool { user % 2 == 0 }

    /// - Parameter isTrue: Whether the file says which way a user goes; otherwise it says the contrary.
    private func task(isTrue: Bool = true, architecture: Architecture = architecture) throws -> RankingTask {
        let log = (0..<Self.users).map { user in
            (0..<16).map { step in
                let place = user * 7 + (Self.isForwards(user) ? 3 * step : Self.items * 16 - 11 * step)
                return "i\(place % Self.items)"
            }
        }
        let data = try dataset(log)
        let lines = (0..<Self.users).map { user in
            "u\(user),\(20 + user % 4 * 10),\(Self.isForwards(user) == isTrue ? "forwards" : "backwards")\n"
        }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv")
        try Data(("user,age,way\n" + lines.joined()).utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let graph = try ModelGraph(architecture, itemCount: data.itemCount)
        let users = try UserContexts(url, inputs: graph.inputs, of: data.userNames)
        let contexts = InteractionContexts(graph.inputs, users: users)
        // All that a user who has met 16 of the 60 items has left.
        return try RankingTask(data.with(contexts), negatives: 44)
    }

    private func trained(_ task: RankingTask, _ generator: GeneratorConfiguration? = nil) throws -> TrainedModel {
        try LibTorch.setThreads(1)
        let configuration = TrainingConfiguration(
            architecture: Self.architecture,
            generator: generator,
            epochs: 25,
            batch: 64,
            learningRate: 0.01,
            patience: 0
        )
        return try Training(configuration, task).run()
    }

    private func quality(_ model: TrainedModel, _ task: RankingTask) throws -> Double {
        let sets = try model.scores(task).sets
        return try #require(sets.first { $0.name == "sampled" }?.metrics.values["ndcg@10"])
    }

    @Test(
        "learn what it says of a user: told the contrary, they are far worse, and the device and a bundle do the same"
    )
    func learned() throws {
        let task = try task()
        let model = try trained(task)
        let (right, wrong) = (try quality(model, task), try quality(model, self.task(isTrue: false)))
        #expect(right > 0.8 && wrong < right - 0.3, "\(right) \(wrong)")
        let parameters = model.model.network.parameters
        let (mean, scale) = (try parameters["even.mean"].floats()[0], try parameters["even.scale"].floats()[0])
        #expect(abs(mean - 35) < 1e-4 && abs(scale - 1 / Float(125).squareRoot()) < 1e-5)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try ModelBundle.write(model, name: "ways", task: task, metrics: [:], settings: [:], to: folder)
        var device = try ModelBundle(contentsOf: folder).deviceModel()
        for user in [0, 1] {
            try device.useContext(task.dataset.contexts?.row(of: user, at: task.dataset.validationEnds[user]))
            let history = task.dataset.items[task.dataset.validationEnds[user] - 1]
            let next = Int(task.dataset.items[task.dataset.validationEnds[user]])
            #expect(device.topItems(2, history: [Int(history)]).map(\.index).contains(next))
        }
    }

    @Test("are learned with a generator too, and each user's steps are measured in its own context")
    func generator() throws {
        let task = try task()
        let settings = GeneratorConfiguration(form: .offset, window: 4, width: 6)
        let model = try trained(task, settings)
        #expect(try quality(model, task) > 0.8)
        let tuned = try FineTuning(trained(task), task, model.configuration, steps: 2, learningRates: [1e-4]).run()
        #expect(try #require(tuned.scores.sets.first?.metrics.values["ndcg@10"]) > 0.8)
    }

    @Test("are refused where the data know nothing of users, or something else, before anything is learned")
    func refusal() throws {
        let plain = try RankingTask(madeUpDataset(), negatives: 15)
        var other = Self.architecture
        other.inputs[3].tokens = ["backwards", "forwards"]
        let refused = [
            (plain, "and the data have no such contexts"),
            (try task(architecture: other), "and the data were read for a model with other inputs beside items"),
        ]
        for (task, reason) in refused {
            let error = #expect(throws: ModelError.self) { try trained(task) }
            #expect(error.map { "\($0)" }?.contains("'way', one of 2 tokens, \(reason)") == true)
        }
    }
}
