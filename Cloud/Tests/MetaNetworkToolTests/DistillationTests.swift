import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkExperiments
import MetaNetworkModels
import MetaNetworkPublishing
import MetaNetworkServer
import MetaNetworkTraining
import MetaNetworkWire
import Testing
import Torch

@testable import metanetwork

@Suite("A published model that learns what its devices learned", .serialized)
final class DistillationTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private let progress = ProgressReporter(isQuiet: true)

    init() throws {
        try LibTorch.setThreads(1)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private var registry: FolderBundleStore { FolderBundleStore(folder.appendingPathComponent("registry")) }
    private var eventsFile: URL { folder.appendingPathComponent("events.sqlite") }
    private var data: URL { folder.appendingPathComponent("clicks.csv") }
    private let devices = (0..<24).map { "device-\($0)" }

    /// Devices of two kinds, each of which likes another half of the items.
    private func choices(_ device: Int) -> [String] {
        var random = SeededGenerator(seed: 7, streams: [UInt64(device)])
        return (0..<14).map { _ in "item \(device % 2 * 120 + Int(random.uniform() * 120))" }
    }

    private func training(_ epochs: Int = 3) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: .bag(Architecture.RankerOptions(width: 8, window: 5)),
            generator: GeneratorConfiguration(form: .metaPatch, window: 8, patches: .init(width: 3, rank: 4)),
            epochs: epochs,
            batch: 64,
            learningRate: 5e-3,
            patience: 0
        )
    }

    private func settings(_ data: String) -> DataSettings {
        var settings = DataSettings.defaults
        (settings.data, settings.kCore) = (data, 1)
        return settings
    }

    private func generator(_ weight: Double = 0.3) -> GeneratorConfiguration {
        var generator = GeneratorConfiguration(window: 8)
        generator.patches.distillation = weight
        return generator
    }

    /// Publishes a model with a basis, or without.
    private func publish(
        seed: UInt64 = 1,
        hasBasis: Bool = true,
        moment: [EventContext] = []
    ) async throws -> ModelBundle {
        let lines = devices.indices.flatMap { device in
            choices(device).enumerated().map { "\(devices[device]),\($1),\($0)" }
        }
        try Data((["user,item,time"] + lines).joined(separator: "\n").utf8).write(to: data)
        var (own, configuration) = (settings(data.path), training())
        own.eventContext = moment
        var dataset = try own.dataset(progress)
        if !moment.isEmpty {
            configuration.architecture = try configuration.architecture.reading(own.moment(dataset, progress))
            dataset = try own.withContexts(dataset, for: configuration.architecture, progress)
        }
        let task = try RankingTask(dataset, negatives: 5)
        configuration.seed = seed
        if !hasBasis { configuration.generator = nil }
        let trained = try Training(configuration, task).run()
        let place = folder.appendingPathComponent("movies-\(seed)")
        var record = ["task": "ranking", "k-core": "1", "patch-rank": "4"]
        if !moment.isEmpty { record["event-context"] = moment.map(\.rawValue).joined(separator: ",") }
        try ModelBundle.write(trained, name: "movies", task: task, metrics: [:], settings: record, to: place)
        try await registry.publish(BundleContents(contentsOf: place))
        return try ModelBundle(contentsOf: place)
    }

    /// A device's code: far from the others', so that what it says is told from what the base says.
    private func code(_ device: Int) -> [Float] { (0..<4).map { Float(device % 2 == 0 ? 1 : -1) * Float($0 + 1) } }

    /// Devices share their codes, and their choices too.
    private func share(
        _ numbers: Range<Int>,
        version: String,
        choices isSharing: Bool = true,
        purpose: String? = nil
    ) async throws {
        let store = try SQLiteEventStore(eventsFile)
        for number in numbers {
            let name = number < devices.count ? devices[number] : "stranger-\(number)"
            let shared = try #require(SampleEvents.Event.Code(code(number), version: version))
            var events = [SampleEvents.Event(id: "code-\(version.prefix(8))", code: shared, time: 99)]
            events[0].consent = purpose.map { .init(purpose: $0, version: "1") }
            if isSharing {
                events += choices(number).enumerated().map { .init(id: "choice-\($0 + 1000)", item: $1, time: $0) }
            }
            _ = try await store.append(EventMessage(device: name, model: "movies", events: events))
        }
    }

    private func distillation(_ purpose: String? = nil) async throws -> ModelDistillation {
        _ = try SQLiteEventStore(eventsFile)
        return try await ModelDistillation(
            registry: registry,
            model: "movies",
            codes: SQLiteEventStore(reading: eventsFile),
            purpose: { _ in purpose }
        )
    }

    private func message(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "nothing was wrong"
        } catch {
            return "\(error)"
        }
    }

    @Test("the teacher of a device's choices is the very model that the device runs with its code")
    func teacher() async throws {
        let bundle = try await publish()
        let basis = try #require(bundle.basis)
        let trained = try bundle.trainedModel(codes: [code(0), nil], training())
        let generator = trained.model.requiredGenerator
        let graph = trained.model.network.graph
        #expect(graph.architecture == bundle.manifest.architecture)
        let made = try generator.basis()
        for row in 0..<basis.rank {
            let unit = (0..<basis.rank).map { Float($0 == row ? 1 : 0) }
            let weights = try basis.weights(unit)
            for name in weights.names {
                let tensor = try #require(weights[name])
                let size = tensor.values.count
                #expect(made[name].map { Array($0.values[row * size..<(row + 1) * size]) } == tensor.values)
            }
        }
        #expect(try generator.codes() == [code(0), basis.start])
        let (old, new) = (bundle.deviceWeights, try trained.model.network.parameters.weights())
        #expect(graph.parameters.filter { !$0.isDynamic }.allSatisfy { old[$0.name] == new[$0.name] })
        // One with the code of zeros is the base.
        var device = try DeviceModel(bundle.manifest.architecture, itemCount: bundle.manifest.items, weights: old)
        try device.personalize(basis.weights([0, 0, 0, 0]))
        let ranked = device.topItems(5, history: [1, 2, 3])
        let base = try bundle.manifest.architecture.withoutPatches().base
        let (items, shared) = (bundle.manifest.items, try Self.weights(old, of: base, bundle.manifest.items))
        var plain = try DeviceModel(base, itemCount: items, weights: shared)
        #expect(plain.topItems(5, history: [1, 2, 3]).map(\.index) == ranked.map(\.index))
    }

    private static func weights(_ weights: Weights, of architecture: Architecture, _ items: Int) throws -> Weights {
        var own = Weights()
        for parameter in try ModelGraph(architecture, itemCount: items).parameters {
            own[parameter.name] = weights[parameter.name]
        }
        return own
    }

    @Test("publishes a next version of the codes of this one, joined with shared choices by the device's id")
    func distils() async throws {
        let bundle = try await publish()
        try await share(0..<20, version: bundle.manifest.version)
        try await share(20..<22, version: "another", choices: false)
        try await share(30..<31, version: bundle.manifest.version, choices: false)
        let distillation = try await distillation()
        let task = try distillation.task(settings("events:\(eventsFile.path)"), progress)
        #expect(task.userCount == 20 && task.itemNames == Vocabulary(bundle.itemNames))
        let learned = try distillation.learn(task, training(), generator()) { false }
        let result = try await distillation.publish(learned, task, share: nil)
        #expect(result.users == 20 && result.codes == 20 && result.strangers == 1 && result.others == 2)
        let contents = try await registry.withFolder(of: BundleID(model: "movies", version: result.version)) {
            try BundleContents(contentsOf: $0)
        }
        let files = try ModelBundle(files: contents.files)
        #expect(try registry.releases(of: "movies").current == result.version && result.from == bundle.manifest.version)
        #expect(files.manifest.architecture == bundle.manifest.architecture && files.itemNames == bundle.itemNames)
        #expect(files.deviceWeights != bundle.deviceWeights && files.basis?.start != bundle.basis?.start)
        #expect(files.provenance.training[ModelBundle.distilledFrom] == bundle.manifest.version)
        #expect(files.provenance.training["distill-weight"] == "0.3" && files.provenance.training["k-core"] == "1")
        // What it learned is what these codes say: with other codes it is another version.
        let others = try SQLiteEventStore(eventsFile)
        for number in 0..<20 {
            let other = try #require(SampleEvents.Event.Code(code(number + 1), version: bundle.manifest.version))
            let event = SampleEvents.Event(id: "code-later", code: other, time: 100)
            _ = try await others.append(EventMessage(device: devices[number], model: "movies", events: [event]))
        }
        try await registry.rollback("movies", to: bundle.manifest.version)
        let again = try await self.distillation()
        let relearned = try again.learn(task, training(), generator()) { false }
        let (first, second) = try (
            learned.model.model.network.parameters.weights(), relearned.model.model.network.parameters.weights()
        )
        #expect(first.names.contains { first[$0] != second[$0] })
    }

    @Test("data whose users are called as devices do too, and users without a code run the version as it came")
    func otherData() async throws {
        let bundle = try await publish()
        try await share(0..<2, version: bundle.manifest.version, choices: false)
        let distillation = try await distillation()
        let task = try distillation.task(settings(data.path), progress)
        let learned = try distillation.learn(task, training(1), generator()) { false }
        #expect(learned.codes == 2 && task.userCount == devices.count)
        try await share(2..<5, version: bundle.manifest.version, choices: false, purpose: "ads")
        let own = try await self.distillation("ads")
        #expect(try own.learn(task, training(1), generator()) { false }.codes == 3, "of that purpose alone")
        let result = try await distillation.publish(learned, task, share: 0.25)
        let releases = try registry.releases(of: "movies")
        #expect(releases.current == bundle.manifest.version && releases.candidate?.version == result.version)
        #expect(throws: TrainingError.self) { try distillation.learn(task, training(1), generator()) { true } }
    }

    @Test("a version that reads moments reads those of shared choices while it learns, and the next one reads them too")
    func moments() async throws {
        let bundle = try await publish(moment: [.gap, .hour])
        try await share(0..<20, version: bundle.manifest.version)
        let distillation = try await distillation()
        var data = settings("events:\(eventsFile.path)")
        data.eventContext = [.gap, .hour]
        let task = try distillation.task(data, progress)
        #expect(task.dataset.contexts?.row(of: 0, at: 1)[0] == Float(log1p(1.0 / 3600)))
        let learned = try distillation.learn(task, training(1), generator()) { false }
        let result = try await distillation.publish(learned, task, share: nil)
        let next = try await registry.withFolder(of: BundleID(model: "movies", version: result.version)) {
            try ModelBundle(contentsOf: $0)
        }
        #expect(next.manifest.architecture == bundle.manifest.architecture && result.version != bundle.manifest.version)
        #expect(try BundleMoments(next).contexts == [.gap, .hour])
    }

    @Test("says what is missing: codes, codes of this version, users who shared one, a basis, rows, a weight")
    func faults() async throws {
        let bundle = try await publish()
        let none = await message { _ = try await distillation() }
        #expect(none.contains("no device has shared a code of 'movies'") && none.contains("sharesCode"))
        try await share(0..<2, version: "another")
        let other = await message { _ = try await distillation() }
        #expect(other.contains("and 2 have of other versions"), "\(other)")
        try await share(30..<33, version: bundle.manifest.version, choices: false)
        let strangers = try await distillation()
        let task = try strangers.task(settings(data.path), progress)
        let joined = await message { _ = try strangers.learn(task, training(1), generator()) { false } }
        #expect(joined.contains("none of the 3 devices that shared a code is a user of the data"), "\(joined)")
        #expect(joined.contains("device-0") && joined.contains("events:FILE"))
        let weight = await message { _ = try strangers.learn(task, training(1), generator(0)) { false } }
        #expect(weight.contains("distill-weight is 0"))
        // Somebody publishes while it learns.
        try await share(0..<2, version: bundle.manifest.version)
        let slow = try await distillation()
        let learned = try slow.learn(task, training(1), generator()) { false }
        let next = try await publish(seed: 2)
        let late = await message { _ = try await slow.publish(learned, task, share: nil) }
        #expect(late.contains("somebody published another version"))
        #expect(try registry.releases(of: "movies").current == next.manifest.version)
        _ = try await publish(seed: 3, hasBasis: false)
        let plain = await message { _ = try await distillation() }
        #expect(plain.contains("has no basis") && plain.contains("--generator meta-patch"))
    }
}
