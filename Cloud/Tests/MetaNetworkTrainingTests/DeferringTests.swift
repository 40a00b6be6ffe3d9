import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkModels
import Testing
import Torch

@testable import MetaNetworkCollaboration
@testable import MetaNetworkData
@testable import MetaNetworkTraining

@Suite("Two models that share the work", .serialized)
struct DeferringTests {
    /// Two classes by the sum of four columns, of which the first alone tells something and all four nearly everything.
    private func table() throws -> FeatureTable {
        var random = SeededGenerator(seed: 5)
        var text = "device,time,class,a,b,c,d\n"
        for device in 0..<12 {
            for time in 0..<60 {
                let values = (0..<4).map { _ in random.normal() }
                let name = values.reduce(0, +) > 0 ? "up" : "down"
                text += "d\(device),\(time),\(name)," + values.map { "\($0)" }.joined(separator: ",") + "\n"
            }
        }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv")
        try Data(text.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let columns = FeatureTable.Columns(device: "device", targets: ["class"], time: "time")
        return try FeatureTable(url, columns: columns, kind: .classification)
    }

    private func model(_ columns: Int, _ task: EpisodicTask, epochs: Int = 30) throws -> TaughtModel {
        let architecture = Architecture(
            name: "linear",
            inputs: [.vector("x", width: columns)],
            nodes: [.init("logits", .dense(units: 2), "x")],
            output: "logits"
        )
        let configuration = TrainingConfiguration(
            architecture: architecture,
            generator: nil,
            epochs: epochs,
            batch: 64,
            learningRate: 0.03
        )
        return TaughtModel(try Training(configuration, task).run(), of: task)
    }

    @Test("a switcher that saw no label defers what the device has wrong, and the ratios say whether that can pay")
    func deferring() throws {
        try LibTorch.setThreads(1)
        let task = EpisodicTask(try FeatureEpisodes(table(), window: 1, samples: 1, support: .drawn))
        let narrow = EpisodicTask(try FirstColumns(1, of: task.source))
        let (edge, cloud) = (try model(1, narrow), try model(4, task))
        func accuracy(_ policy: DeferringPolicy, _ percent: Int) throws -> Double {
            let answers = try DeferredAnswers(edge: edge, cloud: cloud, policy, seed: 1)
            #expect(answers.scores.sets.map(\.name) == DeferredAnswers.percents.map(DeferredAnswers.setName))
            return try #require(answers.scores.values[DeferredAnswers.setName(percent)]?["accuracy"])
        }
        let (device, server) = (try accuracy(.never, 30), try accuracy(.always, 30))
        #expect(device > 0.6 && server > device + 0.15)
        let random = try accuracy(.random, 30)
        #expect(try accuracy(.switcher, 30) > random + 0.03)
        #expect(try accuracy(.margin, 30) > random + 0.03)
        for policy in DeferringPolicy.allCases {
            #expect(try accuracy(policy, 50) <= max(server, accuracy(.oracle, 50)), "\(policy)")
        }
        let prospects = try DeferredAnswers(edge: edge, cloud: cloud, .never, seed: 1).measures
        #expect(try #require(prospects["cloud-right"]) > 0.8)
        let turned = try DeferredAnswers(edge: cloud, cloud: edge, .never, seed: 1).measures
        #expect(turned["cloud-right"] == prospects["device-right"], "the cloud is the worse one")
        #expect(turned["disagreement"] == prospects["disagreement"])
    }

    @Test("the first columns are those of the same episodes in all parts")
    func columns() throws {
        let source = try FeatureEpisodes(table(), window: 1, samples: 4, support: .drawn)
        let narrow = try FirstColumns(2, of: source)
        #expect(
            narrow.inputCount == 2 && narrow.featureInputs == [.columns(2, rows: 1)] && narrow.digest != source.digest
        )
        for part in [Part.validation, .test] {
            for (whole, own) in zip(source.episodes(part), narrow.episodes(part)) {
                #expect(own.query == whole.query.map { Array($0.prefix(2)) } && own.targets == whole.targets)
                #expect(own.support == whole.support.map { Array($0.prefix(2)) })
            }
        }
        #expect(narrow.trainingInputs(limit: 10) == source.trainingInputs(limit: 10).map { Array($0.prefix(2)) })
        for count in [0, 5] { #expect(throws: DataError.self) { try FirstColumns(count, of: source) } }
    }

    @Test(
        "the switcher of a bundle says on the device what the network in training says, and its scales are those of its scores"
    )
    func published() throws {
        try LibTorch.setThreads(1)
        let task = EpisodicTask(try FeatureEpisodes(table(), window: 1, samples: 1, support: .drawn))
        let narrow = EpisodicTask(try FirstColumns(1, of: task.source))
        let (edge, cloud) = (try model(1, narrow, epochs: 5), try model(4, task, epochs: 5))
        let trained = try TrainedSwitcher(edge: edge, cloud: cloud, seed: 3)
        let switcher = try Switcher(trained.weights, of: edge.model.model.network.graph)
        let answers = try TwoAnswers(edge, cloud, on: .validation)
        let network = try SwitcherNetwork(answers.known, answers.agree, seed: 3)
        var doubts: [Float] = []
        for (known, score) in zip(answers.known, try network.scores(answers.known)) {
            let doubt = try #require(switcher.doubt(sample: [known[0]], outputs: Array(known[1...2])))
            #expect(abs(doubt + score) < 1e-5 * max(1, abs(score)))
            doubts.append(doubt)
        }
        let median = doubts.sorted()[doubts.count / 2]
        #expect(abs(switcher.doubts.share(below: median) - 0.5) < 0.02)
        #expect(switcher.doubt(sample: [1, 2], outputs: [0, 1]) == nil)
        #expect(trained.prospects.text.contains("of these the cloud has"))
    }

    @Test("where the cloud is right no more often than the device, the ratios warn")
    func warning() {
        func text(_ cloud: Double, _ device: Double) -> String {
            Prospects(disagreement: 0.2, cloudRight: cloud, deviceRight: device, deviceAloneRight: 0.1).text
        }
        #expect(text(0.3, 0.6).contains("warning"))
        #expect(!text(0.6, 0.3).contains("warning"))
    }
}
