import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkGenerators
import MetaNetworkServer
import Testing
import Torch

@testable import MetaNetworkBundles
@testable import MetaNetworkModels
@testable import MetaNetworkPublishing
@testable import MetaNetworkTraining

@Suite("Items ranked by their content", .serialized)
struct ContentTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private static let (users, items, tastes) = (60, 80, 4)

    /// Items that nobody chose; each taste has some.
    private static func isNew(_ item: Int) -> Bool { item % 5 == 0 }

    /// A taste of four for each item, with noise, and three values that say nothing.
    ///
    /// - Parameter isTrue: Whether vectors of new items tell their taste; otherwise they tell another item's.
    private static func vectors(isTrue: Bool = true) -> ItemVectors {
        var random = SeededGenerator(seed: 3)
        return ItemVectors(
            (0..<items).map { item in
                let taste = isTrue || !isNew(item) ? item % tastes : random.index(below: tastes)
                let told = (0..<tastes).map { ($0 == taste ? 1 : 0) + random.normal() * 0.2 }
                return ("i\(item)", told + (0..<3).map { _ in random.normal() * 5 })
            }
        )
    }

    /// Users choose old items, mostly of their taste.
    private static func task() throws -> RankingTask {
        var random = SeededGenerator(seed: 8)
        let log = (0..<users).map { user in
            (0..<20).map { _ in
                while true {
                    let item = random.index(below: items)
                    let isOwn = item % tastes == user % tastes
                    if !isNew(item), isOwn || random.uniform() < 0.08 { return "i\(item)" }
                }
            }
        }
        return try RankingTask(dataset(log), negatives: 9)
    }

    private static func trained(_ task: RankingTask, encoder: EncoderChoice = .automatic) throws -> TrainedModel {
        let configuration = TrainingConfiguration(
            architecture: .paperSASRec(width: 8, window: 5),
            generator: GeneratorConfiguration(form: .residual, window: 8, encoder: encoder, width: 8, rank: 4),
            epochs: 12,
            batch: 64,
            learningRate: 1e-2,
            patience: 0
        )
        return try Trainer(configuration, task).run()
    }

    /// Writes a bundle of a model that learned of vectors.
    private func write(_ trained: TrainedModel, _ task: RankingTask, _ vectors: ItemVectors) throws -> BundleContents {
        let projection = try ContentProjection(vectors, of: trained.model, task)
        try ModelBundle.write(
            trained,
            name: directory.lastPathComponent,
            task: task,
            metrics: [:],
            settings: [:],
            others: [
                ContentProjection.file: (
                    ContentProjection.role, Data(try SafeTensors.encode(projection.weights))
                )
            ],
            to: directory
        )
        return try BundleContents(contentsOf: directory)
    }

    /// Mean over users of the AUC with which new items of the own taste stand above the others.
    private static func quality(_ files: [String: Data], _ task: RankingTask, isPersonal: Bool) throws -> Double {
        var ranker = try BundleRanker(ModelBundle(files: files))
        let found = (0..<items).filter(isNew).map { ranker.item("i\($0)") }
        let new = found.compactMap(\.self)
        #expect(new.count == found.count)
        var sum = 0.0
        for user in 0..<users {
            let history = task.dataset.items[task.dataset.offsets[user]..<task.dataset.offsets[user + 1]]
            let values = isPersonal ? try ranker.generator?.values(items: Array(history)) : nil
            let ranked = try ranker.rank(new, count: new.count, history: history.map { Int($0) }, values: values)
            let own = ranked.map { item in
                let name = ranker.rawID(item.index)
                return Int(name.dropFirst()).map { $0 % tastes == user % tastes } ?? false
            }
            let name = task.dataset.userNames[user]
            #expect(name == "u\(user)")
            var (pairs, right, seen) = (0, 0, 0)
            for isOwn in own {
                if isOwn { seen += 1 } else { (pairs, right) = (pairs + 1, right + seen) }
            }
            sum += Double(right) / Double(pairs * own.count { $0 })
        }
        return sum / Double(users)
    }

    @Test("new items are ranked far above chance where their vectors tell the taste, and at chance where they lie")
    func coldStart() throws {
        let task = try Self.task()
        let trained = try Self.trained(task)
        defer { try? FileManager.default.removeItem(at: directory) }
        let contents = try write(trained, task, Self.vectors())
        let honest = try ModelBundle.adding(Self.vectors(), to: contents.files)
        #expect(honest.added == Self.items / 5 && honest.manifest.items == Self.items)
        for isPersonal in [false, true] {
            let quality = try Self.quality(honest.files, task, isPersonal: isPersonal)
            #expect(quality > 0.85, "\(quality), personal \(isPersonal)")
        }
        let lying = try ModelBundle.adding(Self.vectors(isTrue: false), to: contents.files)
        let chance = try Self.quality(lying.files, task, isPersonal: true)
        #expect(abs(chance - 0.5) < 0.15, "\(chance)")
    }

    @Test(
        "adding items changes the files that have a row an item, and no row that was there",
        arguments: [EncoderChoice.automatic, .shipped(.attention)]
    )
    func files(encoder: EncoderChoice) throws {
        let task = try Self.task()
        var configuration = try Self.trained(task, encoder: encoder).configuration
        configuration.epochs = 1
        let trained = try Trainer(configuration, task).run()
        defer { try? FileManager.default.removeItem(at: directory) }
        let contents = try write(trained, task, Self.vectors())
        let (manifest, files, _) = try ModelBundle.adding(Self.vectors(), to: contents.files)
        let (before, after) = (try ModelBundle(files: contents.files), try ModelBundle(files: files))
        #expect(manifest.version != before.manifest.version && after.manifest == manifest)
        #expect(Array(after.itemNames.prefix(before.itemNames.count)) == before.itemNames)
        let changed = manifest.files.keys.filter { manifest.files[$0] != before.manifest.files[$0] }
        let own = encoder == .automatic ? [] : [BundleLayout.generator]
        #expect(Set(changed) == Set([BundleLayout.device, BundleLayout.vocabulary] + own))
        for (old, new) in [
            (before.deviceWeights, after.deviceWeights), (before.generatorWeights, after.generatorWeights),
        ] {
            let (old, new) = (try #require(old), try #require(new))
            #expect(old.names == new.names)
            for name in old.names {
                let (mine, other) = (try #require(old[name]), try #require(new[name]))
                #expect(other.values.starts(with: mine.values), "\(name)")
                let isTable = mine.shape[0] == before.itemNames.count + 1
                #expect(other.shape == (isTable ? [Self.items + 1, mine.shape[1]] : mine.shape), "\(name)")
            }
        }
        #expect(after.provenance.training[ModelBundle.itemsAddedTo] == before.manifest.version)
        // And once more, to the bundle that came of it.
        #expect(throws: BundleError.self) { try ModelBundle.adding(Self.vectors(), to: files) }
        let one = ItemVectors([("another", [Float](repeating: 0.5, count: 7))])
        #expect(try ModelBundle.adding(one, to: files).manifest.items == Self.items + 1)
        let narrow = ItemVectors([("another", [1, 2])])
        let error = #expect(throws: BundleError.self) { try ModelBundle.adding(narrow, to: files) }
        #expect(error?.message.contains("reads vectors of 7 values, these have 2") == true)
    }

    @Test("adding items keeps the precision of the weights that devices fetch", arguments: [BasePrecision.f16, .int8])
    func precision(_ precision: BasePrecision) throws {
        let task = try Self.task()
        let trained = try Self.trained(task)
        defer { try? FileManager.default.removeItem(at: directory) }
        let contents = try write(trained, task, Self.vectors()).storing(base: precision)
        let before = try ModelBundle(files: contents.files)
        let (manifest, files, _) = try ModelBundle.adding(Self.vectors(), to: contents.files)
        let after = try ModelBundle(files: files)
        let (old, new) = (
            try #require(before.manifest.files[BundleLayout.device]).bytes,
            try #require(manifest.files[BundleLayout.device]).bytes
        )
        // A fourth more rows, and not as many bytes again.
        #expect(new > old && Double(new) < 1.3 * Double(old), "\(old) \(new)")
        for name in before.deviceWeights.names {
            let (mine, other) = (try #require(before.deviceWeights[name]), try #require(after.deviceWeights[name]))
            let largest = mine.values.map(abs).max() ?? 0
            let error = zip(mine.values, other.values).map { abs($0 - $1) }.max() ?? 0
            #expect(precision == .f16 ? error == 0 : error < 0.02 * largest, "\(name): \(error)")
        }
        guard precision == .f16 else { return }
        let huge = ItemVectors([("another", [Float](repeating: 1e9, count: 7))])
        let error = #expect(throws: BundleError.self) { try ModelBundle.adding(huge, to: contents.files) }
        #expect(error?.message.contains("the precision of these weights (F16) cannot hold") == true)
    }

    @Test("a bundle that was trained without vectors says so, and vectors of other items are refused")
    func refusals() throws {
        let task = try Self.task()
        var configuration = try Self.trained(task).configuration
        configuration.epochs = 1
        let trained = try Trainer(configuration, task).run()
        defer { try? FileManager.default.removeItem(at: directory) }
        try ModelBundle.write(
            trained,
            name: "plain",
            task: task,
            metrics: [:],
            settings: [:],
            to: directory.appendingPathComponent("plain")
        )
        let contents = try BundleContents(contentsOf: directory.appendingPathComponent("plain"))
        let error = #expect(throws: BundleError.self) { try ModelBundle.adding(Self.vectors(), to: contents.files) }
        #expect(error?.message.contains("train with --item-vectors") == true)
        let strange = #expect(throws: DataError.self) {
            try ContentProjection(ItemVectors([("x", [1]), ("y", [2])]), of: trained.model, task)
        }
        #expect(strange?.description.contains("give the vectors of these items") == true)
    }

    @Test("an item without training interactions has the row of its vector")
    func untrained() throws {
        // The last two of each history are held out: an item that is there alone has no training interaction.
        let log = (0..<12).map { user in (0..<6).map { "i\((user + $0) % 9)" } + ["late", "late"] }
        let task = try RankingTask(dataset(log), negatives: 3)
        let configuration = TrainingConfiguration(
            architecture: .paperSASRec(width: 8, window: 5),
            generator: nil,
            epochs: 1,
            batch: 64
        )
        let trained = try Trainer(configuration, task).run()
        let names = (0..<task.itemNames.count).map { task.itemNames[$0] }
        let vectors = ItemVectors(names.enumerated().map { ($1, [Float($0 % 3), 1]) })
        let projection = try ContentProjection(vectors, of: trained.model, task)
        let before = try trained.model.network.parameters["items.embedding"].rows()
        #expect(try projection.fillRows(from: vectors, in: trained.model, task) == 1)
        let after = try trained.model.network.parameters["items.embedding"].rows()
        let late = try #require(task.itemNames.index(of: "late")) + 1
        let map = try #require(projection.tables[.init(.device, "items.embedding")])
        let vector = try #require(vectors.vector(of: "late"))
        #expect(after[late] == map.row(vector) && after[late] != before[late])
        for item in before.indices where item != late { #expect(after[item] == before[item]) }
    }
}

@Suite("Ridge regression")
struct RidgeRegressionTests {
    private struct Fixture: Decodable {
        struct Solution: Decodable {
            let penalty: Double
            let weights: [Float]
            let offset: [Float]
        }
        let inputs: [[Float]]
        let targets: [[Float]]
        let weights: [Double]
        let solutions: [Solution]
    }

    @Test("with weights of rows, and a column that says nothing, finds what numpy finds from the normal equations")
    func numpy() throws {
        let url = try #require(
            Bundle.module.url(forResource: "content", withExtension: "json", subdirectory: "Fixtures")
        )
        let fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
        let regression = try RidgeRegression(fixture.inputs, fixture.targets, weights: fixture.weights)
        for expected in fixture.solutions {
            let found = try regression.solution(penalty: expected.penalty)
            #expect(found.weights.count == expected.weights.count && found.offset.count == expected.offset.count)
            for (mine, theirs) in zip(found.weights + found.offset, expected.weights + expected.offset) {
                #expect(abs(mine - theirs) < 1e-4 * max(1, abs(theirs)), "\(expected.penalty): \(mine), \(theirs)")
            }
        }
    }
}
