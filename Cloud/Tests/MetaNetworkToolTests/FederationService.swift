import Foundation
import MetaNetwork
import MetaNetworkFederated
import MetaNetworkServer
import Testing

@testable import metanetwork

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// `metanetwork serve --federation` in a process of its own, and the simulator that it must equal.
final class FederationService: Sendable {
    private let folder: URL
    private let method: String
    private let rounds: Int
    private let process: Process
    private let address: String
    private let key: String
    private static let appKey = "0123456789abcdef"
    private static let seed: UInt64 = 4

    private var registry: FolderBundleStore { FolderBundleStore(folder.appendingPathComponent("registry")) }

    init(
        _ folder: URL,
        method: String,
        devices: Int,
        quorum: Int,
        rounds: Int,
        deadline: Int = 600
    ) throws {
        (self.folder, self.method, self.rounds) = (folder, method, rounds)
        let encoder = JSONEncoder()
        try encoder.encode(PhoneExamples.architecture).write(to: folder.appendingPathComponent("patterns.json"))
        let settings = """
            name: patterns
            start: patterns.json
            classes: \(PhoneExamples.classes.joined(separator: ","))
            folder: state
            publisher-key: publisher
            method: \(method)
            rounds: \(rounds)
            at-once: \(devices)
            quorum: \(quorum)
            deadline: \(deadline)
            retry: 1
            local-epochs: 2
            local-batch: 5
            local-rate: 0.1
            seed: \(Self.seed)
            """
        try PublisherKey().write(to: folder.appendingPathComponent("publisher"))
        try Data(settings.utf8).write(to: folder.appendingPathComponent("federation.yaml"))
        process = Process()
        process.executableURL = CommandTests.tool
        process.arguments = [
            "serve", "--registry", "registry", "--federation", "federation.yaml", "--port", "0", "--admin-port", "0",
            "--ephemeral-signing-key", "--drain-delay", "0",
        ]
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(["METANETWORK_APP_KEYS": Self.appKey]) { $1 }
        let out = Pipe()
        process.standardOutput = out
        process.standardError = FileHandle.nullDevice
        try process.run()
        DispatchQueue.global().asyncAfter(deadline: .now() + 300) { [process] in
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        let lines = String(decoding: out.fileHandleForReading.availableData, as: UTF8.self).split(separator: "\n")
        address = String(try #require(lines.first?.split(separator: " ").last))
        // public key ID BASE64
        let words = try #require(lines.dropFirst().first).split(separator: " ")
        key = words.suffix(2).joined(separator: "=")
    }

    func end() {
        process.terminate()
        process.waitUntilExit()
    }

    /// Jobs of so many phones.
    func jobs(count: Int, rounds: Int) async throws -> [PhoneJob] {
        try (0..<count).map { shard in
            let own = folder.appendingPathComponent("phone-\(shard)")
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            return PhoneJob(
                server: address,
                key: key,
                appKey: Self.appKey,
                folder: own.path,
                shard: shard,
                rounds: rounds
            )
        }
    }

    private var graph: ModelGraph { get throws { try ModelGraph(PhoneExamples.architecture) } }

    /// The parameters of the version that was published after the last round.
    func lastModel() async throws -> [Float] {
        let store = registry
        for _ in 0..<3000 {
            if let releases = try store.findReleases(of: "patterns") {
                let bundle = BundleID(model: "patterns", version: releases.current)
                let provenance = try await store.read(BundleLayout.provenance, of: bundle, range: nil)
                let round = try JSONDecoder().decode(BundleProvenance.self, from: provenance).training["round"]
                if round == "\(rounds)" {
                    let file = try await store.read(BundleLayout.device, of: bundle, range: nil)
                    return try #require(try graph.values(of: SafeTensors.decode([UInt8](file)).weights))
                }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw CancellationError()
    }

    /// The parameters that learning begins with.
    func start() throws -> [Float] { try NetworkLearner(graph, data([])).start(seed: Self.seed) }

    /// What the simulator makes of the same phones, each under its number in the federation.
    func simulated(_ jobs: [PhoneJob], count: Int) throws -> [Float] {
        var plan = FederatedPlan()
        plan.method = try #require(FederatedPlan.MethodName(rawValue: method))
        (plan.atOnce, plan.models, plan.epochs, plan.batch, plan.rate) = (count, rounds, 2, 5, 0.1)
        let numbers = try jobs.map { job in
            try #require(Int(String(decoding: try Data(contentsOf: job.note), as: UTF8.self)))
        }
        #expect(Set(numbers).count == count)
        let data = try data(Array(zip(numbers, jobs.map(\.shard))))
        return try plan.run(NetworkLearner(graph, data), data, seed: Self.seed, workers: 1).parameters
    }

    /// The phones' examples: the phone of each number has those of its shard.
    private func data(_ phones: [(number: Int, shard: Int)]) throws -> FederatedData {
        var (values, labels): ([[Float]], [Int]) = ([], [])
        let phones = phones.isEmpty ? [(number: 0, shard: 0)] : phones
        var shards = [[Int32]](repeating: [], count: (phones.map(\.number).max() ?? 0) + 1)
        for (number, shard) in phones {
            let own = PhoneExamples.examples(shard: shard)
            shards[number] = (values.count..<values.count + own.values.count).map(Int32.init)
            values += own.values
            labels += own.labels
        }
        return try FederatedData(
            values,
            labels: labels,
            test: PhoneExamples.examples(shard: 1000),
            classes: PhoneExamples.classes,
            shards: shards,
            description: "phones"
        )
    }
}
