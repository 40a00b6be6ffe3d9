import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Testing
import Torch

@testable import MetaNetworkClient
@testable import MetaNetworkExperiments
@testable import MetaNetworkTraining

@Suite("Attacks on models and uploads", .serialized)
struct AttackTests {
    /// Users who go around the items, each from a place of its own.
    ///
    /// - Parameter last: Interactions at the end that are drawn instead.
    private func task(_ users: Int = 40, drawn last: Int = 0) throws -> RankingTask {
        var random = SeededGenerator(seed: 3)
        var log = InteractionLog()
        for user in 0..<users {
            for step in 0..<30 {
                let item = step >= 30 - last ? Int.random(in: 0..<48, using: &random) : (user * 7 + step) % 48
                log.append(user: "u\(user)", item: "i\(item)", time: Double(step))
            }
        }
        return try RankingTask(InteractionDataset(log, kCore: 1), negatives: 15)
    }

    private func trained(_ task: RankingTask, _ variant: ComparisonVariant, epochs: Int) throws -> TrainedModel {
        var settings = TrainingConfiguration(
            architecture: .paperSASRec(width: 8),
            generator: nil,
            epochs: epochs,
            batch: 256,
            learningRate: 0.02
        )
        settings.generator = variant.form.map { GeneratorConfiguration(form: $0, window: 6, width: 8, rank: 4) }
        return try variant.models(settings, on: task, shouldStop: { false }, report: { _ in })[0]
    }

    @Test("made-up devices come to the real ones, who stay as they are, with the pushed item as often as they say")
    func madeUp() throws {
        let dataset = try task().dataset
        let (log, target) = Poisoning(share: 0.05, samples: 60, repeats: 20).poisoned(dataset, fewest: 20, seed: 1)
        let poisoned = try InteractionDataset(log, kCore: 1, itemNames: dataset.itemNames)
        #expect(poisoned.userCount == 42 && poisoned.itemCount == dataset.itemCount)
        #expect(Array(poisoned.items[..<dataset.items.count]) == dataset.items)
        for device in 40..<42 {
            let own = poisoned.items[poisoned.offsets[device]..<poisoned.offsets[device + 1]]
            #expect(own.count == 60)
            // It may be among the others, too.
            #expect((20...40).contains(own.count { $0 == target }))
            #expect(poisoned.trainingItems(of: device).count { $0 == target } >= 20, "what is held out trains nobody")
        }
        #expect(
            Poisoning(share: 0, samples: 60, repeats: 20).poisoned(dataset, fewest: 20, seed: 1).log.users.count == 40
        )
        let single = Poisoning(share: 0.05, samples: 100, repeats: 1).poisoned(dataset, fewest: 20, seed: 1)
        let pushed = try InteractionDataset(single.log, kCore: 1, itemNames: dataset.itemNames)
        #expect(pushed.trainingItems(of: 40).contains(single.target))
        // What training leaves out by itself: an item 100 times.
        let loud = Poisoning(share: 0.05, samples: 200, repeats: 100).poisoned(dataset, fewest: 20, seed: 1)
        let bounded = loud.log.bounded(above: DataSettings.defaults.outlierScore, kCore: 5)
        func times(_ log: InteractionLog) -> Int {
            let item = dataset.itemNames[Int(loud.target) - 1]
            return log.count - log.itemIndices.count { log.items[Int($0)] != item }
        }
        #expect(times(loud.log) - times(bounded) >= 2 * (100 - 22), "two devices made up")
    }

    @Test("a probe reads what vectors are sums of, and no more than chance of vectors that are noise")
    func probe() {
        var random = SeededGenerator(seed: 5)
        let items = 30
        let rows = (0..<items).map { _ in (0..<24).map { _ in random.normal() } }
        let sets = (0..<300).map { _ in Set((0..<4).map { _ in Int.random(in: 0..<items, using: &random) }) }
        func share(_ vectors: [[Float]]) -> Double {
            func found(_ probe: LinearProbe, _ places: Range<Int>) -> Double {
                places.reduce(0) { sum, place in
                    let scores = probe.scores(vectors[place])
                    let best = scores.indices.sorted { scores[$0] > scores[$1] }.prefix(sets[place].count)
                    return sum + Double(best.count { sets[place].contains($0) })
                }
            }
            let probe = LinearProbe(Array(vectors[..<200]), Array(sets[..<200]), outputs: items, value: found)
            return found(probe, 200..<300) / sets[200...].reduce(0) { $0 + Double($1.count) }
        }
        let sums = sets.map { set in rows[0].indices.map { place in set.reduce(0) { $0 + rows[$1][place] } } }
        #expect(share(sums) > 0.8)
        #expect(share(sets.map { _ in (0..<24).map { _ in random.normal() } }) < 0.3)
    }

    @Test("what a base has learned is told from what nobody could know, and not from what it can tell as well")
    func members() throws {
        for (last, range) in [(3, 0.8...1.0), (0, 0.3...0.7)] {
            let task = try task(drawn: last)
            let model = try trained(task, .none, epochs: 25).model
            let membership = try #require(try task.membership(of: model))
            #expect(range.contains(membership.loss.advantage(at: 0.001).auc), "\(last)")
            #expect(membership.loss.memberCount == membership.loss.otherCount)
        }
        // Nobody has two training interactions.
        var log = InteractionLog()
        for user in 0..<30 {
            for step in 0..<3 { log.append(user: "u\(user)", item: "i\((user + step) % 20)", time: Double(step)) }
        }
        let short = try RankingTask(InteractionDataset(log, kCore: 1), negatives: 5)
        #expect(try short.membership(of: trained(short, .none, epochs: 1).model) == nil)
    }

    @Test("an item that members alone have is no sign of them: their own interaction does not count in its share")
    func control() throws {
        // Each user's last training item is its own, and so is its test item.
        var log = InteractionLog()
        for user in 0..<30 {
            for step in 0..<10 {
                log.append(user: "u\(user)", item: step < 7 ? "i\(step)" : "u\(user)-\(step)", time: Double(step))
            }
        }
        let task = try RankingTask(InteractionDataset(log, kCore: 1), negatives: 15)
        let membership = try #require(try task.membership(of: trained(task, .none, epochs: 1).model))
        #expect(membership.control.advantage(at: 0.001).auc == 0.5)
        // Items that are drawn, whenever, are no sign either.
        let drawn = try self.task(1_000, drawn: 30)
        let chance = try #require(try drawn.membership(of: trained(drawn, .none, epochs: 1).model))
        #expect(abs(chance.control.advantage(at: 0.001).auc - 0.5) < 0.04)
    }

    @Test("uploads are read back whole without noise, and by chance with much; ε is the accountant's")
    func uploads() throws {
        let task = try task(60)
        let model = try trained(task, .residual, epochs: 3)
        func measures(_ mechanism: NoiseMechanism, _ noise: Double?) throws -> [String: Double] {
            try PrivacyMeasures(model, task, .uploads(mechanism, noise: noise), seed: 1).values
        }
        let (plain, little, much) = (
            try measures(.weights, nil), try measures(.weights, 1), try measures(.weights, 100)
        )
        let chance = try #require(plain["read-back-chance"])
        #expect(plain["epsilon"] == nil)
        #expect(try #require(plain["read-back"]) > 2 * chance)
        #expect(try #require(much["read-back"]) < 2 * chance)
        let sent = try measures(.embeddings, nil)
        let hidden = try measures(.embeddings, 100)
        #expect(sent["read-back"] == 1 && sent["epsilon"] == nil)
        #expect(try #require(hidden["read-back"]) < 0.2)
        // Clipping alone hides no direction from who knows the clip.
        #expect(try #require(measures(.embeddings, 0.001)["read-back"]) > 0.9)
        // The Gaussian mechanism with σ = 1 and δ = 1e-5 has ε = 4.377 (Balle and Wang 2018); Rényi's way is a little above.
        let epsilon = try #require(little["epsilon"])
        #expect(4.377 < epsilon && epsilon < 5.2)
        #expect(try #require(measures(.embeddings, 1)["epsilon"]) > epsilon)
        #expect(try #require(much["epsilon"]) < 0.1)
        func scores(_ mechanism: NoiseMechanism, _ noise: Double) throws -> [String: Double]? {
            try PrivacyMeasures(model, task, .uploads(mechanism, noise: noise), seed: 1).scores(model, task).values[
                "full"
            ]
        }
        let fresh = try model.scores(task).values["full"]
        #expect(try scores(.weights, 100) != fresh && scores(.embeddings, 100) != fresh)
    }

    @Test("embeddings as they are make the weights that ids make")
    func embedded() throws {
        let task = try task()
        let model = try trained(task, .residual, epochs: 1).model
        let spans = [0..<3, 30..<60, 60..<66]
        let none = UploadNoise(clip: 1e6, noise: 0, seed: 1)
        let z = try withoutGradients { try model.encoded(task.dataset.items, spans: spans, noise: none).rows() }
        let samples = try HistoryBatch(items: task.dataset.items, spans: spans, window: 6)
        let expected = try withoutGradients {
            try model.requiredGenerator.encode(samples.sequences, states: samples.recent).rows()
        }
        for (own, other) in zip(z.joined(), expected.joined()) { #expect(abs(own - other) < 1e-5) }
    }

    @Test(
        "of models over vectors it is told whose an upload is, by weights and by embeddings, and with much noise by chance"
    )
    func vectors() throws {
        var random = SeededGenerator(seed: 9)
        var text = "device,reading,other,class\n"
        for device in 0..<20 {
            // What a device's inputs are told by.
            let offsets = [4 * random.normal(), 4 * random.normal()]
            for _ in 0..<40 {
                let values = [random.normal(), random.normal()]
                text +=
                    "d\(device),\(offsets[0] + values[0]),\(offsets[1] + values[1]),\(values[0] > 0 ? "above" : "below")\n"
            }
        }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv")
        try Data(text.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let columns = FeatureTable.Columns(
            device: "device",
            targets: ["class"],
            group: "device",
            features: ["reading", "other"]
        )
        let table = try FeatureTable(url, columns: columns, kind: .classification)
        let task = EpisodicTask(try FeatureEpisodes(table, window: 1, samples: 8, support: .drawn))
        let settings = TrainingConfiguration(
            architecture: Architecture(
                name: "sensor",
                inputs: [.vector("x", width: 2)],
                nodes: [
                    .init("even", .standardize, "x"),
                    .init("hidden", .dense(units: 8, activation: .tanh, dynamic: true), "even"),
                    .init("out", .dense(units: 2, dynamic: true), "hidden"),
                ],
                output: "out",
                sample: "even"
            ),
            generator: GeneratorConfiguration(form: .residual, window: 8, width: 8, rank: 4),
            epochs: 3,
            batch: 64,
            learningRate: 0.02
        )
        let variant = ComparisonVariant.residual
        let model = try variant.models(settings, on: task, shouldStop: { false }, report: { _ in })[0]
        let devices = try #require(try task.uploadPairs(model.model, of: .test)).count
        for mechanism in [NoiseMechanism.weights, .embeddings] {
            func read(_ noise: Double?) throws -> (share: Double, chance: Double) {
                let measures = try PrivacyMeasures(model, task, .uploads(mechanism, noise: noise), seed: 1).values
                return (try #require(measures["read-back"]), try #require(measures["read-back-chance"]))
            }
            let plain = try read(nil)
            #expect(plain.share > plain.chance && plain.chance == 1 / Double(devices), "\(mechanism)")
        }
        // Noise on each of eight embeddings leaves their mean an eighth of its variance: more is read than with as much on the mean.
        let pairs = try #require(try task.uploadPairs(model.model, of: .training))
        let (clip, noise) = (5.0, UploadNoise(clip: 5, noise: 1, seed: 3))
        let sums = try pairs.map { pair in
            try #require(pair.samples.first.first).indices.map { place in
                pair.samples.first.reduce(Float(0)) {
                    $0 + noise.applied(to: $1, width: $1.count)[place] - noise.clipped($1)[place]
                } / Float(pair.samples.first.count)
            }
        }.joined()
        let deviation = (sums.reduce(0) { $0 + Double($1 * $1) } / Double(sums.count)).squareRoot()
        #expect(abs(deviation / (2 * clip / 8.0.squareRoot()) - 1) < 0.4)
        let members = try #require(try task.membership(of: model.model))
        #expect(members.memberCount == pairs.count * 40 && (0.3...0.7).contains(members.advantage(at: 0.001).auc))
    }

    @Test("clipped vectors are no longer than the clip, shorter ones stay, and noise has its deviation")
    func noise() {
        let clipped = UploadNoise(clip: 1, noise: 0, seed: 1).applied(to: [3, 4, 0.3, 0.4], width: 2)
        #expect(zip(clipped, [0.6, 0.8, 0.3, 0.4]).allSatisfy { abs($0 - $1) < 1e-6 })
        let noisy = UploadNoise(clip: 2, noise: 0.5, seed: 1).applied(
            to: [Float](repeating: 0, count: 20_000),
            width: 10
        )
        let mean = noisy.reduce(0, +) / 20_000
        let deviation = (noisy.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000).squareRoot()
        #expect(abs(mean) < 0.05 && abs(deviation - 2) < 0.05)
        #expect(UploadNoise.medianNorm(of: [3, 4, 0, 1, 6, 8], width: 2) == 5)
    }

    @Test("the SDK clips and adds noise as is measured here, to the deviation")
    func device() {
        let rows: [[Float]] = [[3, 4], [0.3, -0.4], [0, 0]]
        let secret = Data(repeating: 1, count: 32)
        let (clipping, still) = (UploadNoise(clip: 1, noise: 0, seed: 1), PersonalModel.UploadNoise(clip: 1, noise: 0))
        for row in rows {
            let sent = SampleNoise(still, secret: secret).applied(to: row, of: "sample-1")
            #expect(sent == clipping.applied(to: row, width: 2) && sent == clipping.clipped(row))
        }
        let noise = SampleNoise(.init(clip: 2, noise: 0.5), secret: secret)
        let sent = (0..<2_000).flatMap { noise.applied(to: [Float](repeating: 0, count: 10), of: "sample-\($0)") }
        let deviation = (sent.reduce(0) { $0 + Double($1 * $1) } / 20_000).squareRoot()
        #expect(abs(deviation / UploadNoise(clip: 2, noise: 0.5, seed: 1).deviation - 1) < 0.025)
    }

    @Test("an item that made-up devices push rises, and what is left out by default keeps it where it was")
    func pushed() throws {
        let task = try task()
        func places(_ attack: Attacking) throws -> Double {
            let poisoned = try #require(try attack.poisoned(task, seed: 1))
            let model = try trained(poisoned.task, .none, epochs: 10)
            let run = try attack.measure(model, pushing: poisoned.target, ComparisonVariant.none.method, on: task).run
            return try #require(run.metrics["training"]?["pushed-share"])
        }
        let loud = Poisoning(share: 0.1, samples: 400, repeats: 160)
        let (open, defended) = (
            try places(.training(loud, isDefended: false)), try places(.training(loud, isDefended: true))
        )
        #expect(open > defended)
    }
}
