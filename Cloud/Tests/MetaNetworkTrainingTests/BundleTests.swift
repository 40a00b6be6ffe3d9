import Foundation
import MetaNetwork
import MetaNetworkData
import Testing

@testable import MetaNetworkModels
@testable import MetaNetworkBundles
@testable import MetaNetworkPublishing
@testable import MetaNetworkTraining

@Suite("A bundle")
struct BundleTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    private func written(_ form: GeneratorConfiguration.Form = .stabilized) throws -> (TrainedModel, InteractionDataset)
    {
        let dataset = try madeUpDataset()
        let configuration = TrainingConfiguration(
            architecture: .paperSASRec(width: 8, window: 5),
            generator: GeneratorConfiguration(form: form, window: 8, width: 8, rank: 4),
            epochs: 1,
            batch: 256
        )
        let trained = try Trainer(configuration, RankingTask(dataset, negatives: 9)).run()
        try ModelBundle.write(
            trained,
            name: "made-up",
            task: RankingTask(dataset, negatives: 9),
            metrics: ["full": ["auc": 0.5]],
            settings: ["seed": "1"],
            to: directory
        )
        return (trained, dataset)
    }

    @Test("is not written of a model that knows the users of its training alone")
    func knownUsers() {
        #expect(throws: ModelError.self) { try written(.userEmbedding) }
        #expect(!FileManager.default.fileExists(atPath: directory.path))
    }

    private func message() -> String {
        do {
            _ = try ModelBundle(contentsOf: directory)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    private func change(_ file: String, _ body: (inout Data) -> Void) throws {
        let url = directory.appendingPathComponent(file)
        var data = try Data(contentsOf: url)
        body(&data)
        try data.write(to: url)
    }

    @Test(
        "gives the scores that were measured before it was written, to 1e-6",
        arguments: GeneratorConfiguration.Form.allCases.filter(\.isServed)
    )
    func roundTrip(form: GeneratorConfiguration.Form) throws {
        let (trained, dataset) = try written(form)
        defer { try? FileManager.default.removeItem(at: directory) }
        let bundle = try ModelBundle(contentsOf: directory)
        #expect(bundle.itemNames == (0..<dataset.itemCount).map { dataset.itemNames[$0] })
        let test = try EvaluationCandidates(dataset, .test, negatives: 9)
        let before = try RankingEvaluator(trained.model, dataset)
        let after = try RankingEvaluator(bundle.trainedModel().model, dataset)
        #expect(try largestDifference(before.sampledScores(test).scores, after.sampledScores(test).scores) < 1e-6)
        #expect(try before.fullRanks(test.positions, users: test.users).ranks.count == test.positions.count)
    }

    @Test("its generator makes from ids, and from their embeddings, what training's generator makes, to 1e-6")
    func parameterGenerator() throws {
        let (_, dataset) = try written()
        defer { try? FileManager.default.removeItem(at: directory) }
        let bundle = try ModelBundle(contentsOf: directory)
        let generator = try bundle.parameterGenerator()
        let table = try #require(bundle.deviceWeights["items.embedding"]).values
        // The second is longer than the generator's window, the third has no samples at all.
        let samples: [[Int32]] = [[3, 1, 4], (1...20).map { Int32($0 % dataset.itemCount + 1) }, []]
        let embeddings = samples.map { $0.flatMap { table[Int($0) * 8..<Int($0 + 1) * 8] } }
        let (fromItems, fromEmbeddings) = (
            try generator.generate(samples: samples), try generator.generate(embeddings: embeddings)
        )
        #expect(fromItems.count == samples.count * generator.valueCount)
        let used = fromItems.prefix(2 * generator.valueCount)
        #expect(largestDifference(Array(used), Array(fromEmbeddings.prefix(used.count))) < 1e-6)
        let model = try bundle.trainedModel().model
        let reference = try #require(model.generator)
        for (row, items) in samples.enumerated() {
            let batch = try HistoryBatch(items: items, spans: [0..<items.count], window: generator.window)
            let z = try reference.encode(batch.sequences, states: batch.recent)
            let expected = try reference.meanWeights(z, global: GlobalLayers(parameters: model.network.parameters))
            let range = row * generator.valueCount..<(row + 1) * generator.valueCount
            let weights = try generator.weights(fromItems[range])
            #expect(weights.names == expected.names)
            for name in weights.names {
                let (made, wanted) = (try #require(weights[name]), try #require(expected[name]))
                #expect(made.shape == wanted.shape)
                #expect(largestDifference(made.values, wanted.values) < 1e-6, "\(name) of row \(row)")
            }
        }
    }

    @Test("written twice has the same version; the second replaces the first whole")
    func replaced() throws {
        let (trained, dataset) = try written()
        defer { try? FileManager.default.removeItem(at: directory) }
        let first = try ModelBundle(contentsOf: directory).manifest
        try ModelBundle.write(
            trained,
            name: "made-up",
            task: RankingTask(dataset, negatives: 9),
            metrics: [:],
            settings: [:],
            to: directory
        )
        #expect(try ModelBundle(contentsOf: directory).manifest == first)
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.deletingLastPathComponent().path)
        #expect(!left.contains { $0.hasPrefix(".\(directory.lastPathComponent)") })
    }

    @Test("does not overwrite a folder that is no bundle")
    func foreignFolder() throws {
        let (trained, dataset) = try written()
        defer { try? FileManager.default.removeItem(at: directory) }
        let other = directory.appendingPathComponent("other")
        try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: other.appendingPathComponent("letter.txt"))
        #expect(throws: BundleError.self) {
            try ModelBundle.write(
                trained,
                name: "x",
                task: RankingTask(dataset, negatives: 9),
                metrics: [:],
                settings: [:],
                to: other
            )
        }
        #expect(FileManager.default.fileExists(atPath: other.appendingPathComponent("letter.txt").path))
    }

    @Test("cut short, altered, of another format or incomplete is refused with the file's name and the reason")
    func damaged() throws {
        _ = try written()
        defer { try? FileManager.default.removeItem(at: directory) }
        let manifest = try Data(contentsOf: directory.appendingPathComponent("manifest.json"))
        let device = try Data(contentsOf: directory.appendingPathComponent("device.safetensors"))
        try change("device.safetensors") { $0.removeLast(10) }
        #expect(
            message().contains("device.safetensors: has \(device.count - 10) bytes, the manifest says \(device.count)")
        )
        try change("device.safetensors") {
            $0 = device; $0[$0.count - 1] ^= 1
        }
        #expect(message().contains("device.safetensors: has SHA-256"))
        try change("device.safetensors") { $0 = device }
        try change("manifest.json") { $0.removeLast(40) }
        #expect(message().contains("manifest.json: is cut short"))
        let later = String(decoding: manifest, as: UTF8.self).replacing("\"format\" : 2", with: "\"format\" : 3")
        try change("manifest.json") { $0 = Data(later.utf8) }
        #expect(message().contains("has format 3, this tool reads 1 to 2"))
        try change("manifest.json") { $0 = manifest }
        try FileManager.default.removeItem(at: directory.appendingPathComponent("generator.safetensors"))
        #expect(message().contains("generator.safetensors: is missing"))
    }

    @Test("whose architecture needs other shapes is refused by the tensor's name")
    func otherShapes() throws {
        _ = try written()
        defer { try? FileManager.default.removeItem(at: directory) }
        let url = directory.appendingPathComponent("manifest.json")
        var manifest = try JSONDecoder().decode(BundleManifest.self, from: Data(contentsOf: url))
        manifest.architecture = .paperSASRec(width: 16, window: 5)
        try JSONEncoder().encode(manifest).write(to: url)
        #expect(message().contains("its version is not that of its contents"))
        try sealed(manifest).write(to: url)
        #expect(message().contains("tensor 'items.embedding' has shape"))
    }

    private func sealed(_ manifest: BundleManifest) throws -> Data {
        try manifest.sealed(sha256: ModelBundle.sha256, encode: { try JSONEncoder().encode($0) }).bytes
    }

    @Test("of format 1 still loads, with the provenance of its manifest; of format 2 with that of the file beside it")
    func formats() throws {
        _ = try written()
        defer { try? FileManager.default.removeItem(at: directory) }
        let new = try ModelBundle(contentsOf: directory)
        let provenance = directory.appendingPathComponent("provenance.json")
        #expect(new.manifest.format == 2 && new.manifest.provenance == nil)
        #expect(!new.provenance.metrics.isEmpty && !new.provenance.training.isEmpty)
        try Data("{".utf8).write(to: provenance)
        #expect(message().contains("provenance.json: is cut short"))
        try FileManager.default.removeItem(at: provenance)
        #expect(try ModelBundle(contentsOf: directory).provenance == BundleProvenance())
        var old = new.manifest
        old.format = 1
        old.provenance = new.provenance
        for name in old.files.keys { old.files[name]?.role = nil }
        try sealed(old).write(to: directory.appendingPathComponent("manifest.json"))
        let read = try ModelBundle(contentsOf: directory)
        #expect(read.provenance == new.provenance)
        #expect(read.deviceWeights == new.deviceWeights && read.manifest.version != new.manifest.version)
    }

    @Test("tells devices nothing of the operator: no path and no setting is in a file but its provenance")
    func provenanceApart() throws {
        let (trained, dataset) = try written()
        defer { try? FileManager.default.removeItem(at: directory) }
        let task = try RankingTask(dataset, negatives: 9)
        let settings = [
            "data": "events:/srv/private/events.sqlite", "out": "/srv/private/made-up", "seed": "4711-of-mine",
        ]
        try ModelBundle.write(
            trained,
            name: "made-up",
            task: task,
            metrics: ["full": ["secret-metric": 0.5]],
            settings: settings,
            to: directory
        )
        #expect(
            try ModelBundle(contentsOf: directory).provenance.training
                == settings.merging(["data-digest": dataset.digest]) { $1 }
        )
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) where name != "provenance.json"
        {
            let data = try Data(contentsOf: directory.appendingPathComponent(name))
            // The card is for people; no device fetches it.
            let metric = name == BundleLayout.card ? [] : ["secret-metric"]
            for word in metric + [
                "/srv/private", "events.sqlite", "4711-of-mine", directory.deletingLastPathComponent().path,
            ] {
                #expect(data.firstRange(of: Data(word.utf8)) == nil, "\(name) says \(word)")
            }
        }
    }

    @Test("has a card that says what it is, what it was measured to do, what it is for and where its limits are")
    func card() throws {
        let (trained, dataset) = try written()
        defer { try? FileManager.default.removeItem(at: directory) }
        let manifest = try ModelBundle.write(
            trained,
            name: "made-up",
            task: RankingTask(dataset, negatives: 9),
            metrics: ["full": ["ndcg@10": 0.12345], "training": ["seconds": 7]],
            settings: ["data": "/srv/clicks|2.csv"],
            to: directory
        )
        let url = directory.appendingPathComponent(BundleLayout.card)
        let text = try String(contentsOf: url, encoding: .utf8)
        #expect(text.hasPrefix("# made-up\n") && text.contains(manifest.version))
        #expect(text.contains("| full, ndcg@10 | 0.1235 |") && !text.contains("seconds |"))
        #expect(text.contains("`clicks|2.csv`") && !text.contains("/srv"))
        #expect(text.contains("an order of \(manifest.items) items") && text.contains("## Limits"))
        // No version covers it, and it may be missing.
        try FileManager.default.removeItem(at: url)
        #expect(try ModelBundle(contentsOf: directory).manifest == manifest)
    }

    @Test(
        "whose folder no model can be named after is refused before hours of training",
        arguments: ["my model", "é", ".hidden"]
    )
    func names(name: String) {
        #expect(throws: BundleError.self) { try ModelBundle.checkPlace(directory.appendingPathComponent(name)) }
    }

    @Test("keeps a file of a role that it does not know, and checks it like the others")
    func unknownRole() throws {
        let (trained, dataset) = try written()
        defer { try? FileManager.default.removeItem(at: directory) }
        let before = try ModelBundle(contentsOf: directory).manifest.version
        let manifest = try ModelBundle.write(
            trained,
            name: "made-up",
            task: RankingTask(dataset, negatives: 9),
            metrics: [:],
            settings: [:],
            others: ["patch.bin": (role: BundleRole(rawValue: "patch"), data: Data([1, 2, 3]))],
            to: directory
        )
        #expect(manifest.files["patch.bin"]?.role?.rawValue == "patch" && manifest.version != before)
        #expect(try ModelBundle(contentsOf: directory).others == ["patch.bin": Data([1, 2, 3])])
        try change("patch.bin") { $0[0] = 9 }
        #expect(message().contains("patch.bin: has SHA-256"))
    }

    @Test("is read by the safetensors package of Python", .enabled(if: PythonPackages.arePresent, "make setup-tests"))
    func python() throws {
        let (trained, dataset) = try written()
        defer { try? FileManager.default.removeItem(at: directory) }
        let output = try PythonPackages.run(
            "check-safetensors.py",
            directory.appendingPathComponent("device.safetensors").path
        )
        struct Entry: Decodable {
            let shape: [Int]
            let sum: Double
        }
        struct File: Decodable { let tensors: [String: Entry] }
        let read = try JSONDecoder().decode(File.self, from: output).tensors
        let weights = try trained.deviceWeights(RankingTask(dataset, negatives: 9))
        #expect(read.keys.sorted() == weights.names)
        for (name, entry) in read {
            let tensor = try #require(weights[name])
            #expect(entry.shape == tensor.shape)
            #expect(abs(entry.sum - tensor.values.reduce(0) { $0 + Double($1) }) < 1e-3)
        }
    }
}

/// The Python packages that set-up installs for the tests.
enum PythonPackages {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let folder = root.appendingPathComponent(".deps/python")

    static var arePresent: Bool { FileManager.default.fileExists(atPath: folder.path) }

    /// Runs a script of `scripts/` and returns what it printed.
    static func run(_ script: String, _ argument: String) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", root.appendingPathComponent("scripts/\(script)").path, argument]
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONPATH": folder.path]) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return output
    }
}
