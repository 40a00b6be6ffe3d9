import MetaNetwork
import Testing
import Torch

@testable import MetaNetworkData
@testable import MetaNetworkModels
@testable import MetaNetworkTraining

@Suite("Devices that upload a few samples that stand for all")
struct AnchoredEpisodesTests {
    private func trained(_ source: FeatureEpisodes, anchors: Int = 0) throws -> TrainedModel {
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
        var generator = GeneratorConfiguration(form: .residual, window: source.samples, width: 8, rank: 4)
        generator.anchors = anchors
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
            let anchored = try AnchoredEpisodes(2, choice, of: source, model.model, seed: 1)
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
        let all = try AnchoredEpisodes(1000, .medoids, of: source, model.model, seed: 1)
        #expect(all.episodes(.test).map(\.support) == source.episodes(.test).map(\.support))
        #expect(try model.scores(EpisodicTask(all)).values == model.scores(EpisodicTask(source)).values)
        let others = try AnchoredEpisodes(2, .others, of: source, model.model, seed: 1)
        for (old, new) in zip(source.episodes(.test), others.episodes(.test)) {
            #expect(Set(new.support).isDisjoint(with: Set(old.support)))
        }
    }

    @Test(
        "a generator that learns to go by anchors reads them in the test too, and is published without what taught it"
    )
    func reasoner() throws {
        try LibTorch.setThreads(1)
        let source = try madeUpDevices(.classification)
        let model = try trained(source, anchors: 2)
        let anchored = try AnchoredEpisodes(2, .medoids, of: source, model.model, seed: 7)
        #expect(try model.scores(EpisodicTask(source)).values == model.scores(EpisodicTask(anchored)).values)
        let names = try #require(model.model.generator).parameters.names
        #expect(names.filter { $0.hasPrefix("anchors ") }.count == 4)
        let folded = try #require(model.model.generator).folded(global: model.model.network.parameters)
        #expect(folded.configuration.anchors == 0 && !folded.weights.names.contains { $0.hasPrefix("anchors ") })
    }

    @Test("what anchors say is held to what all samples say: with every sample an anchor both are one")
    func divergence() throws {
        try LibTorch.setThreads(1)
        let source = try madeUpDevices(.classification)
        let trained = try trained(source).model
        let batch = try EpisodeBatch(Array(source.episodes(.test).prefix(3)), dropoutSeed: 5)
        func divergence(anchors: Int) throws -> Float {
            var configuration = try #require(trained.generator).configuration
            configuration.anchors = anchors
            var random = SeededGenerator(seed: 1)
            let network = trained.network
            let model = JointModel(
                network,
                generator: try MetaGenerator(configuration, for: network, userCount: 0, random: &random)
            )
            let reasoned = try batch.reasoned(model, try #require(model.generator?.reasoner))
            #expect(reasoned.z.shape == [3, 8])
            return try reasoned.divergence.scalar()
        }
        // Short of half the width, a divergence of 0 is half the width, where both variances are alike.
        let same = try divergence(anchors: source.samples)
        #expect(abs(same - 4) < 0.05)
        #expect(try divergence(anchors: 2) > same)
    }

    @Test("divergence and draws of normal distributions are what torch.distributions says")
    func gaussian() throws {
        func gaussian(_ mean: [Float], _ logarithm: [Float]) throws -> Gaussian {
            Gaussian(mean: try Tensor(rows: [mean]), logarithm: try Tensor(rows: [logarithm]))
        }
        let (one, other) = (try gaussian([0.5, -1], [0.2, -0.4]), try gaussian([0, 0.25], [-0.3, 0.6]))
        // kl_divergence(Normal([0.5, -1], exp([0.1, -0.2])), Normal([0, 0.25], exp([-0.15, 0.3]))).sum(), PyTorch 2.
        #expect(abs(try one.divergence(from: other).scalar() - 1 - 0.8557918) < 1e-5)
        let drawn = try one.drawn(Tensor(rows: [[1, -2]])).rows()[0]
        #expect(abs(drawn[0] - 1.605_170_9) < 1e-5 && abs(drawn[1] + 2.637_461_5) < 1e-5)
    }
}
