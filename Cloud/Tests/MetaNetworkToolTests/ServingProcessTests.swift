import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkClient
import MetaNetworkExperiments
import Testing

/// The service without LibTorch as an operator runs it: the built executable over what a release published.
@Suite("metanetwork-serve", .serialized)
final class ServingProcessTests {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let program = CommandTests.tool.deletingLastPathComponent().appendingPathComponent("metanetwork-serve")
    private let golden = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../Tests/Golden").standardized

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: golden.appendingPathComponent("registry"),
            to: folder.appendingPathComponent("registry")
        )
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Runs the program to its end.
    private func run(_ arguments: String...) throws -> (status: Int32, error: String) {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        let error = Pipe()
        process.standardError = error
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    @Test("a device opens a model over it, and ranks with weights of its own after a refresh")
    func refresh() async throws {
        let service = try await ServiceProcess(
            executable: program,
            registry: folder.appendingPathComponent("registry").path,
            events: nil,
            folder: folder
        )
        defer { service.stop() }
        var configuration = PersonalModel.Configuration(trust: .keys([service.key], publishers: []))
        configuration.credentials = .appKey(service.appKey)
        configuration.policy = AnyOf([])
        let model = try await PersonalModel(
            server: service.server,
            model: "movies",
            directory: folder.appendingPathComponent("device"),
            configuration: configuration
        )
        let base = await model.topItems(120)
        for film in ["film-3", "film-14", "film-15"] { await model.record(film) }
        try await model.refresh()
        let personal = await model.topItems(120)
        let changes = zip(base.sorted { $0.id < $1.id }, personal.sorted { $0.id < $1.id }).map {
            abs($0.score - $1.score)
        }
        #expect(changes.count == 120 && changes.contains { $0 > 1e-3 })
        let log = String(
            decoding: try Data(contentsOf: folder.appendingPathComponent("service.log")),
            as: UTF8.self
        )
        #expect(log.contains("engine=device runtime"), "the log says what runs the generator: \(log)")
    }

    @Test(
        "loads no LibTorch",
        .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/maps"), "run it on Linux")
    )
    func libraries() throws {
        let (service, tool) = (try Data(contentsOf: program), try Data(contentsOf: CommandTests.tool))
        for name in ["libtorch_cpu.so", "libc10.so", "libpng16.so"].map({ Data($0.utf8) }) {
            #expect(service.range(of: name) == nil, "\(String(decoding: name, as: UTF8.self)) is linked")
            #expect(tool.range(of: name) != nil, "the tool has it, or its name is another")
        }
    }

    @Test("refuses a federation and LibTorch, and says which program has both")
    func federation() throws {
        let registry = folder.appendingPathComponent("registry").path
        let run = try run("--registry", registry, "--insecure", "--port", "0", "--federation", "digits.yaml")
        #expect(run.status == 2 && run.error.contains("metanetwork serve"), "\(run.error)")
        let libTorch = try self.run("--registry", registry, "--insecure", "--port", "0", "--engine", "libtorch")
        #expect(libTorch.status == 2 && libTorch.error.contains("metanetwork serve"), "\(libTorch.error)")
    }

    @Test("takes bundles of a release, and refuses one whose encoder has a node that it does not know, with its name")
    func unknownNode() throws {
        let versions = folder.appendingPathComponent("registry/movies/versions")
        let names = try FileManager.default.contentsOfDirectory(atPath: versions.path)
        let release = versions.appendingPathComponent(try #require(names.sorted().first))
        #expect(try run("check-bundle", release.path).status == 0)
        let bundle = try ModelBundle(contentsOf: release)
        let encoder = """
            {"name":"new","inputs":[{"name":"samples","kind":"items","length":6}],"output":"z",
            "nodes":[{"name":"z","operation":"stateSpace","inputs":["samples"]}]}
            """
        let weights = try #require(bundle.generatorWeights)
        var files: [String: Data] = [:]
        for name in bundle.manifest.files.keys {
            files[name] = try Data(contentsOf: release.appendingPathComponent(name))
        }
        files[BundleLayout.generator] = Data(
            try SafeTensors.encode(weights, metadata: [ModelBundle.encoderKey: encoder])
        )
        var manifest = bundle.manifest
        manifest.format = BundleManifest.currentFormat
        manifest.provenance = nil
        manifest.files = ModelBundle.described(files) { _ in nil }
        let (_, sealed) = try ModelBundle.sealed(manifest)
        files[BundleLayout.manifest] = sealed
        let changed = folder.appendingPathComponent("changed")
        try BundleFolder.replace(changed, with: files)
        let refused = try run("check-bundle", changed.path)
        #expect(refused.status == 2, "\(refused.error)")
        #expect(
            refused.error.contains("node 'z'") && refused.error.contains("'stateSpace' is not known"),
            "\(refused.error)"
        )
    }
}
