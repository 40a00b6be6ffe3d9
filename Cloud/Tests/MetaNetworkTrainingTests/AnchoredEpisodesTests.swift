import MetaNetwork
import MetaNetworkModels
import Testing
import Torch

@testable import MetaNetworkCollaboration
@testable import MetaNetworkData
@testable import MetaNetworkTraining

@Suite("Devices that upload a few samples that stand for all")
struct AnchoredEpisodesTests {
    private func trained(_ source: FeatureEpisodes) throws -> TrainedModel {
        let architecture = Architecture(
            name: "level",
            inputs: [.vector("reading", width: 2)],
            nodes: [
                .init("whitened", .standardize, "reading"),
                .init("features", .dense(units: 6, activation: .tanh), "whitened"),
                .init("logits", .dense(units: 2, dynamic: true), "features"),
            ],
            output: "logits",
            sample: "whitened"
        )
        let generator = GeneratorConfiguration(form: .residual, window: source.samples, width: 8, rank: 4)
        let configuration = TrainingConfiguration(architecture: architecture, generator: generator, epochs: 1)
        return try Training(configuration, EpisodicTask(source)).run()
    }

    @Test("have as many samples as before, of so few different ones; nothing else of them changes")
    func support() throws {
        try LibTorch.setThreads(1)
        let source = try madeUpDevices(.classification)
        let model = try trained(source)
        let plain = source.episodes(.test)
        for choice in AnchorChoice.allCases {
            let anchored = try AnchoredEpisodes(2, choice, of: source, model, seed: 1)
            #expect(anchored.digest != source.digest && anchored.samples == source.samples)
            for (old, new) in zip(plain, anchored.episodes(.test)) {
                #expect(Set(new.support).count <= 2 && new.query == old.query && new.targets == old.targets)
                guard choice != .others else { continue }
                #expect(new.support.count == old.support.count && Set(new.support).isSubset(of: Set(old.support)))
            }
            #expect(anchored.episodes(.validation).map(\.support) == source.episodes(.validation).map(\.support))
        }
    }

    @Test("give the same answers where every sample is an anchor, and the other device's are another's")
    func all() throws {
        try LibTorch.setThreads(1)
        let source = try madeUpDevices(.classification)
        let model = try trained(source)
        let all = try AnchoredEpisodes(1000, .medoids, of: source, model, seed: 1)
        #expect(all.episodes(.test).map(\.support) == source.episodes(.test).map(\.support))
        #expect(try model.scores(EpisodicTask(all)).values == model.scores(EpisodicTask(source)).values)
        let others = try AnchoredEpisodes(2, .others, of: source, model, seed: 1)
        for (old, new) in zip(source.episodes(.test), others.episodes(.test)) {
            #expect(Set(new.support).isDisjoint(with: Set(old.support)))
        }
    }
}
