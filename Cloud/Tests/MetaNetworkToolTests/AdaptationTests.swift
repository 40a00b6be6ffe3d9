import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkPNG
import MetaNetworkPublishing
import MetaNetworkServer
import MetaNetworkSettings
import MetaNetworkTraining
import MetaNetworkWire
import Testing
import Torch

@testable import metanetwork

@Suite("A published model that adapts to what devices share", .serialized)
final class AdaptationTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private let task: EpisodicTask
    private var sent = 0

    init() throws {
        try LibTorch.setThreads(1)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        task = EpisodicTask(try Self.images(folder))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Images of 4 × 4 pixels whose bright quarter is the class.
    private static func images(_ folder: URL) throws -> ShiftedImages {
        var random = SeededGenerator(seed: 5)
        let labels = (0..<200).map { $0 % 4 }
        let pixels = labels.map { label in
            (0..<16).map { place in
                let isBright = place / 8 * 2 + place % 4 / 2 == label
                return min(1, max(0, (isBright ? 0.8 : 0.1) + random.normal() * 0.1))
            }
        }
        let lines = zip(pixels, labels).map { values, label in
            (values.map { "\(Int($0 * 255))" } + ["\(label)"]).joined(separator: ",")
        }
        let file = folder.appendingPathComponent("images.csv")
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        return try ShiftedImages(ImageSet(contentsOf: file), kinds: [])
    }

    private func trained(
        units: Int,
        learningRate: Double = 0.01,
        generator: GeneratorConfiguration? = nil
    ) throws -> TrainedModel {
        let architecture = Architecture(
            name: "quarters",
            inputs: [.image("image", channels: 1, height: 4, width: 4)],
            nodes: [
                .init("pixels", .flatten, "image"), .init("hidden", .dense(units: units, activation: .relu), "pixels"),
                .init("logits", .dense(units: 4, dynamic: generator != nil), "hidden"),
            ],
            output: "logits",
            sample: "hidden"
        )
        let configuration = TrainingConfiguration(
            architecture: architecture,
            generator: generator,
            epochs: 10,
            batch: 16,
            learningRate: learningRate
        )
        return try Training(configuration, task).run()
    }

    private func contents(_ model: TrainedModel, _ place: String) throws -> BundleContents {
        let bundle = folder.appendingPathComponent(place)
        let settings = ["task": "images"]
        try ModelBundle.write(model, name: "quarters", task: task, metrics: [:], settings: settings, to: bundle)
        return try BundleContents(contentsOf: bundle)
    }

    private var registry: FolderBundleStore { FolderBundleStore(folder.appendingPathComponent("registry")) }
    private var eventsFile: URL { folder.appendingPathComponent("events.sqlite") }

    private func sources(
        _ state: String = "state",
        purpose: String? = nil
    ) throws -> ModelAdaptation.Sources {
        _ = try SQLiteEventStore(eventsFile)
        return ModelAdaptation.Sources(
            registry: registry,
            model: "quarters",
            events: try SQLiteEventStore(reading: eventsFile),
            address: try EventAddress(eventsFile.path),
            purpose: purpose,
            state: folder.appendingPathComponent(state)
        )
    }

    /// Publishes a model that hardly knows anything, and a teacher that does.
    private func publish() async throws {
        try await registry.publish(contents(trained(units: 8, learningRate: 1e-6), "device"))
        try await registry.publishCloudModel(contents(trained(units: 32), "teacher"))
    }

    /// A device shares some of the images.
    private func share(
        _ count: Int,
        from device: String = "phone",
        cut: Int = 0,
        purpose: String? = nil
    ) async throws {
        let images = try #require(task.source as? ShiftedImages).images(.training)
        let events = try (sent..<sent + count).map { place in
            var event = SampleEvents.Event(
                id: "sample-\(place)",
                item: try #require(InputText.text(of: images[place % images.count].pixels.dropLast(cut) + [])),
                time: place,
                uncertainty: 0.25
            )
            event.consent = purpose.map { .init(purpose: $0, version: "1") }
            return event
        }
        sent += count
        let message = EventMessage(device: device, model: "quarters", events: events)
        _ = try await SQLiteEventStore(eventsFile).append(message)
    }

    @Test("learns whole batches, publishes a prompt after each pass, and weights after every lag")
    func passes() async throws {
        try await publish()
        let first = try registry.releases(of: "quarters").current
        let adaptation = try await ModelAdaptation(sources(), ModelAdaptation.Plan(lag: 3, batch: 4))
        #expect(try await adaptation.pass() == nil)
        try await share(3)
        #expect(try await adaptation.pass() == nil, "fewer than a batch wait")
        try await share(6)
        let prompt = try #require(try await adaptation.pass())
        #expect(prompt.inputs == 8 && prompt.batches == 2 && !prompt.hasWeights)
        #expect(abs(prompt.uncertainty - 0.25) < 1e-6 && prompt.corrected > 0)
        let files = try await registry.files(of: "quarters")
        #expect(files.version == prompt.version && files.bundle.prompt?.count == 16)
        #expect(files.bundle.provenance.training[ModelBundle.adaptedFrom] == first)
        #expect(files.bundle.provenance.training["task"] == "images")
        try await share(3)
        let weights = try #require(try await adaptation.pass())
        #expect(weights.inputs == 4 && weights.hasWeights)
        let after = try await registry.files(of: "quarters").bundle
        #expect(after.prompt == nil && after.deviceWeights != files.bundle.deviceWeights)
        let values = 4 * after.deviceWeights.parameterCount
        #expect(try (values..<values + 1024).contains(#require(weights.bytes)), "and a header")
        #expect(try registry.releases(of: "quarters").cloudModel != nil)
    }

    @Test(
        "learns of inputs for its purpose alone, waits for them, and refuses where others have come and none is named"
    )
    func purposes() async throws {
        try await publish()
        let plan = ModelAdaptation.Plan(lag: 3, batch: 4)
        let adaptation = try await ModelAdaptation(sources(purpose: "digits"), plan)
        try await share(8, purpose: "research")
        #expect(try await adaptation.pass() == nil, "inputs for the purpose may come")
        try await share(4, purpose: "digits")
        #expect(try await adaptation.pass()?.inputs == 4)
        let any = try await ModelAdaptation(sources("other"), plan)
        let error = await #expect(throws: ConfigurationError.self) { _ = try await any.pass() }
        #expect(error?.description.contains("digits, research") == true)
    }

    @Test("teaches the device what the teacher knows")
    func learning() async throws {
        try await publish()
        let adaptation = try await ModelAdaptation(sources(), ModelAdaptation.Plan(lag: 5, batch: 8))
        func accuracy() async throws -> Double {
            let bundle = try await registry.files(of: "quarters").bundle
            return try #require(bundle.trainedModel().scores(task).values["devices"]?["accuracy"])
        }
        let before = try await accuracy()
        for _ in 0..<10 {
            try await share(8)
            _ = try await adaptation.pass()
        }
        #expect(try await accuracy() > before + 0.2)
    }

    @Test("goes on where the run before ended, as if it were one")
    func restart() async throws {
        try await publish()
        let start = try registry.releases(of: "quarters")
        let plan = ModelAdaptation.Plan(lag: 3, batch: 4)
        let whole = try await ModelAdaptation(sources("whole"), plan)
        for _ in 0..<5 {
            try await share(4)
            _ = try await whole.pass()
        }
        let expected = try registry.releases(of: "quarters").current
        try await registry.rollback("quarters", to: start.current)
        let stored = try SQLiteEventStore(reading: eventsFile).inputs(of: "quarters", after: 0, limit: 100)
        #expect(stored.count == 20)
        try FileManager.default.removeItem(at: eventsFile)
        for extra in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: eventsFile.path + extra) }
        sent = 0
        for _ in 0..<5 {
            try await share(4)
            _ = try await ModelAdaptation(sources("parts"), plan).pass()
        }
        #expect(try registry.releases(of: "quarters").current == expected)
    }

    @Test("starts anew from a version that somebody else published, and forgets what was learned")
    func published() async throws {
        try await publish()
        let adaptation = try await ModelAdaptation(sources(), ModelAdaptation.Plan(batch: 4))
        try await share(4)
        _ = try await adaptation.pass()
        let other = try contents(trained(units: 8, learningRate: 1e-5), "other")
        try await registry.publish(other)
        try await share(4)
        let pass = try #require(try await adaptation.pass())
        #expect(pass.startedFrom == other.id.version && pass.inputs == 4)
        let bundle = try await registry.files(of: "quarters").bundle
        #expect(bundle.provenance.training[ModelBundle.adaptedFrom] == other.id.version)
    }

    @Test("reads inputs that come after a deletion, leaves out those of another size, and removes its old versions")
    func housekeeping() async throws {
        try await publish()
        let plan = ModelAdaptation.Plan(batch: 4, kept: 2)
        let adaptation = try await ModelAdaptation(sources(), plan)
        try await share(4, from: "first")
        _ = try await adaptation.pass()
        _ = try await SQLiteEventStore(eventsFile).delete(device: "first")
        #expect(try await adaptation.pass() == nil)
        try await share(2, cut: 3)
        try await share(3)
        try await share(1, cut: 3)
        try await share(1)
        let pass = try #require(try await adaptation.pass())
        #expect(pass.inputs == 4 && pass.skipped == 1, "those before the first that fits are passed over")
        // What was deleted is not learned again by the next run.
        _ = try await ModelAdaptation(sources(), plan)
        for _ in 0..<4 {
            try await share(4)
            _ = try await adaptation.pass()
        }
        // The first version, the teacher, and two of its own, of which one is current and one was before it.
        #expect(try registry.versions(of: "quarters").count == 4)
    }

    @Test("says what is missing, and changes nothing")
    func refusals() async throws {
        try await registry.publish(contents(trained(units: 8, learningRate: 1e-6), "device"))
        func message(_ sources: ModelAdaptation.Sources) async -> String {
            do {
                _ = try await ModelAdaptation(sources, ModelAdaptation.Plan())
                return "accepted"
            } catch {
                return "\(error)"
            }
        }
        #expect(try await message(sources()).contains("publish one with --cloud-model"))
        var given = try sources()
        given.teacher = folder.appendingPathComponent("device")
        #expect(await message(given) == "accepted")
        try Data("nothing".utf8).write(to: given.state)
        #expect(await message(given).contains("remove the file to start anew"))
        try FileManager.default.removeItem(at: given.state)
        let generator = GeneratorConfiguration(form: .residual, window: 4, width: 8, rank: 4)
        try await registry.publish(contents(trained(units: 8, generator: generator), "personal"))
        #expect(await message(given).contains("--generator none"))
    }
}

extension FolderBundleStore {
    /// What devices get.
    fileprivate func files(of model: String) async throws -> (version: String, bundle: ModelBundle) {
        let version = try releases(of: model).current
        let contents = try await withFolder(of: BundleID(model: model, version: version)) {
            try BundleContents(contentsOf: $0)
        }
        return (version, try ModelBundle(files: contents.files))
    }
}
