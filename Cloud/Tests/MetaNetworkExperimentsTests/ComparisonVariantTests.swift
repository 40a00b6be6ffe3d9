import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkGenerators
import MetaNetworkModels
import MetaNetworkPNG
import MetaNetworkSettings
import MetaNetworkTraining
import Testing

@testable import MetaNetworkExperiments

@Suite("Variants of a comparison", .serialized)
struct ComparisonVariantTests {
    private func file(_ text: String, _ suffix: String) throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).\(suffix)")
        try Data(text.utf8).write(to: url)
        return url
    }

    private func ranking() throws -> RankingTask {
        let lines = (0..<20).flatMap { user in (0..<9).map { "u\(user) i\((user * 3 + $0 * 7) % 40)\n" } }
        let url = try file(lines.joined(), "txt")
        defer { try? FileManager.default.removeItem(at: url) }
        return try RankingTask(InteractionDataset(InteractionReader.read(url), kCore: 1), negatives: 9)
    }

    private func images() throws -> EpisodicTask {
        let lines = (0..<200).map { number in number % 2 == 0 ? "0,0,9,9,a\n" : "200,0,0,200,b\n" }
        let url = try file(lines.joined(), "csv")
        defer { try? FileManager.default.removeItem(at: url) }
        let images = try ImageSet(contentsOf: url)
        return EpisodicTask(try ShiftedImages(images, kinds: [.contrast], samples: 2, devicesOfLevel: 1))
    }

    @Test("that do not suit a task are refused by name, with the reason")
    func refused() throws {
        let (ranking, images) = (try ranking(), try images())
        for variant in ComparisonVariant.allCases {
            func message(_ task: some LearningTask) -> String? {
                do {
                    try variant.check(task)
                    return nil
                } catch {
                    return error.description
                }
            }
            switch variant {
            case .popularity, .knn, .markov, .wide, .userEmbedding, .cloud, .vector:
                #expect(message(ranking) == nil)
                #expect(message(images)?.hasPrefix("'\(variant.rawValue)'") == true)
            case .standardize:
                #expect(message(ranking)?.contains("features of vectors") == true)
                #expect(message(images)?.contains("features of vectors") == true)
            case .metaPatch, .randomPatch, .momoDistill, .selfDistill, .incremental:
                #expect(message(ranking) == nil)
                #expect(message(images)?.contains("a code for each device of training") == true)
            case .none, .fineTune, .ownPatch, .concat, .matched, .plain, .residual, .stabilized, .offset, .film,
                .lowrank:
                #expect(message(ranking) == nil && message(images) == nil)
            }
        }
    }

    @Test("are measured on the same subjects, counting costs nothing, and fine-tuning says what it costs a device")
    func measured() throws {
        let task = try ranking()
        let template = TrainingConfiguration(
            architecture: .paperSASRec(width: 8, window: 5),
            generator: GeneratorConfiguration(form: .plain, window: 8, width: 8, rank: 4),
            epochs: 1,
            batch: 64
        )
        func measure(_ variant: ComparisonVariant, seed: UInt64, base: TrainedModel? = nil) throws -> MeasuredRun {
            try variant.measure(template, seed: seed, on: task, base: base, shouldStop: { false }, report: { _ in })
        }
        let base = try measure(.none, seed: 1)
        let plain = try measure(.plain, seed: 1)
        #expect(base.run.cost["bytesDown"] == 0)
        let dynamic = try #require(plain.trained).parameterCounts.dynamic
        #expect(plain.run.cost["bytesDown"] == Double(2 * dynamic))
        let tuned = try measure(.fineTune, seed: 1, base: base.trained)
        #expect(tuned.run.cost["deviceSteps"] == 20 && tuned.run.cost["latencyMilliseconds"] ?? 0 > 0)
        #expect(tuned.run.method.role == .baseline && tuned.trained == nil)
        let patched = try measure(.ownPatch, seed: 1, base: base.trained)
        #expect(patched.run.method.role == .baseline && patched.scores.indices == base.scores.indices)
        #expect(patched.scores.values != base.scores.values)
        // Both dynamic layers are 8 wide, and a patch has a bottleneck of 4: its matrices and biases are the device's own.
        let (all, ofBase) = (try #require(patched.run.cost["parameters"]), try #require(base.run.cost["parameters"]))
        let patch: Double = 8 * 4 + 4 + 4 * 8 + 8
        #expect(all - ofBase == 2 * patch)
        for variant in [ComparisonVariant.popularity, .knn, .markov] {
            let (first, second) = (try measure(variant, seed: 1), try measure(variant, seed: 2))
            #expect(first.scores.values == second.scores.values && second.run.seed == 2)
            #expect(first.run.cost.isEmpty && first.trained == nil)
            #expect(first.scores.indices == base.scores.indices)
        }
        #expect(tuned.scores.indices == base.scores.indices)
    }

    @Test(
        "the encoder as a ranker in the cloud is a baseline that costs bytes up and multiply-adds, and no bytes of weights"
    )
    func cloud() throws {
        let task = try ranking()
        var template = TrainingConfiguration(
            architecture: .bag(Architecture.RankerOptions(width: 8, window: 5)),
            generator: GeneratorConfiguration(
                form: .plain,
                window: 8,
                encoder: .shipped(.transformer),
                width: 8,
                rank: 4
            ),
            epochs: 1,
            batch: 64
        )
        func measure(_ variant: ComparisonVariant) throws -> MeasuredRun {
            try variant.measure(template, seed: 1, on: task, shouldStop: { false }, report: { _ in })
        }
        let cloud = try measure(.cloud)
        #expect(cloud.trained == nil && cloud.run.method.role == .baseline)
        #expect(cloud.run.cost["bytesUp"] == 32 && cloud.run.cost["bytesDown"] == 0)
        #expect(cloud.run.cost["cloudMultiplyAdds"] ?? 0 > 8 * 8 * 8)
        #expect(cloud.scores.indices == (try measure(.none)).scores.indices)
        template.generator?.encoder = .automatic
        #expect(throws: ModelError.self) { try measure(.cloud) }
    }

    @Test("base and encoder are trained once for all methods that start from them")
    func sharedStarts() async throws {
        let template = TrainingConfiguration(
            architecture: .bag(Architecture.RankerOptions(width: 8, window: 5)),
            generator: GeneratorConfiguration(
                form: .plain,
                window: 8,
                encoder: .shipped(.attention),
                encoderEpochs: 1,
                width: 8,
                rank: 4
            ),
            epochs: 1,
            batch: 64
        )
        var epochs: [String: Int] = [:]
        let experiment = Experiment(
            name: "starts",
            data: "made up",
            methods: ExperimentMethod.comparison([template], [.cloud, .offset, .vector]),
            seeds: [1]
        )
        var name = ""
        _ = try await experiment.run(ranking()) { event in
            switch event {
            case .began(let run): name = run.method.method.name
            case .training(.epoch): epochs[name, default: 0] += 1
            default: break
            }
        }
        #expect(epochs == ["none": 1, "cloud": 1, "offset": 1, "vector": 1])
    }

    @Test("the matched control has as many parameters as base and generator, within a tenth, and no generator")
    func matched() throws {
        let template = TrainingConfiguration(
            architecture: .sasrec(Architecture.RankerOptions(width: 64, window: 5)),
            generator: GeneratorConfiguration(form: .residual, window: 8, width: 64, rank: 8)
        )
        let matched = try ComparisonVariant.matched.configuration(template, itemCount: 200)
        let (wanted, made) = (try template.parameterCount(itemCount: 200), try matched.parameterCount(itemCount: 200))
        #expect(matched.generator == nil)
        #expect(made >= wanted && Double(made) < 1.1 * Double(wanted))
    }

    @Test("a concatenated z and a user's vector learn beside the base, and only the former is published")
    func biasAlone() throws {
        let task = try ranking()
        let template = TrainingConfiguration(
            architecture: .bag(Architecture.RankerOptions(width: 8, window: 5)),
            generator: GeneratorConfiguration(form: .plain, window: 8, width: 8, rank: 4),
            epochs: 1,
            batch: 64
        )
        func measure(_ variant: ComparisonVariant) throws -> MeasuredRun {
            try variant.measure(template, seed: 1, on: task, shouldStop: { false }, report: { _ in })
        }
        #expect(try measure(.concat).trained != nil)
        let known = try measure(.userEmbedding)
        #expect(known.trained == nil && known.run.method.role == .baseline)
    }
}
