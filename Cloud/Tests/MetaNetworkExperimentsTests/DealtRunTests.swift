import Foundation
import MetaNetworkData
import Testing

@testable import MetaNetworkExperiments
@testable import MetaNetworkSettings

/// Which runs of an experiment have no record, which of them belong together, and what they take.
@Suite("Runs that several processes share")
final class DealtRunTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func file(_ methods: String) throws -> ExperimentFile {
        let text = """
            title: A sample
            seeds: 2
            parts:
              - name: log
                data: {name: nowhere, sha256: \(String(repeating: "0a", count: 32))}
                settings: {epochs: 3, width: 8}
                methods:
            \(methods.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n"))
            """
        let url = folder.appendingPathComponent("sample.yaml")
        try Data(text.utf8).write(to: url)
        return try ExperimentFile(url.path)
    }

    /// The sets of all runs, each as METHOD-SEED.
    private func sets(_ methods: String, without made: Set<String> = []) throws -> [[String]] {
        let file = try file(methods)
        func name(_ run: RunName) -> String { "\(run.method)-\(run.seed)" }
        let runs = try file.parts[0].missing(in: file).filter { !made.contains(name($0)) }
        return file.parts[0].sets(of: runs).map { $0.map(name) }
    }

    @Test("belong together where one starts from what another trains, seed by seed, and where counts are the same")
    func sets() throws {
        let methods = """
            - {name: base, variant: none, model: sasrec}
            - {name: own, variant: residual}
            - {name: shift, variant: offset}
            - {name: rank, variant: lowrank, settings: {rank: 3}}
            - {name: longer, variant: offset, settings: {epochs: 4}}
            - {name: popular, variant: popularity}
            """
        let all = try sets(methods)
        #expect(all.contains(["base-1", "shift-1", "rank-1"]) && all.contains(["base-2", "shift-2", "rank-2"]))
        // Another number of epochs is another base, which nobody trains for others.
        #expect(all.contains(["longer-1"]) && all.contains(["own-2"]) && all.contains(["popular-1", "popular-2"]))
        #expect(all.count == 7 && all.flatMap(\.self).count == 12)
        // Where the base has its record, each that starts from it trains it anew, wherever it is.
        let rest = try sets(methods, without: ["base-1"])
        #expect(
            rest.contains(["shift-1"]) && rest.contains(["rank-1"]) && rest.contains(["base-2", "shift-2", "rank-2"])
        )
    }

    @Test("belong together where they measure one model, and an encoder's with the generators that start from it")
    func served() throws {
        let asked = try sets(
            """
            - {name: never, variant: plain, model: sasrec, role: base, asks: {policy: never, ages: [5]}}
            - {name: always, variant: plain, asks: {policy: always, ages: [5]}}
            - {name: other, variant: residual, asks: {policy: always, ages: [5]}}
            """
        )
        #expect(asked.contains(["never-1", "always-1"]) && asked.contains(["other-1"]) && asked.count == 4)
        let encoders = try sets(
            """
            - {name: base, variant: none, model: sasrec, settings: {encoder-epochs: 2}}
            - {name: cloud, variant: cloud, settings: {encoder-epochs: 2}}
            - {name: meta, variant: residual, settings: {encoder-epochs: 2}}
            """
        )
        #expect(encoders.contains(["cloud-1", "meta-1"]) && encoders.contains(["base-2"]))
    }

    @Test(
        "have the mean seconds of the records that are there; some are made and no others, as files that can be handed on"
    )
    func made() async throws {
        let text = """
            title: A sample
            seeds: 2
            parts:
              - name: made-up
                data: {name: synthetic}
                federates: {devices: 6, at-once: 3, rounds: 3, local-epochs: 1, model: linear}
                methods:
                  - {name: plain, role: base}
                  - {name: folb, federates: {method: folb}}
            """
        let url = folder.appendingPathComponent("federated.yaml")
        try Data(text.utf8).write(to: url)
        let file = try ExperimentFile(url.path)
        let part = file.parts[0]
        #expect(try part.missing(in: file).count == 4 && part.seconds(in: file).isEmpty)
        #expect(part.sets(of: try part.missing(in: file)).count == 4)
        let runs: Set<RunName> = [RunName(method: "plain", seed: 2), RunName(method: "folb", seed: 1)]
        let source = try FederatedSource(part.settings) { _ in throw DataError("no interactions") }
        var began: [String] = []
        try await part.experiment(in: file, part.federatedMethods)
            .make(runs, source, workers: 1, records: file.records(of: part)) { event in
                if case .began(let run) = event { began.append("\(run.method.method.name)-\(run.seed)") }
            }
        #expect(began == ["plain-2", "folb-1"])
        #expect(try Set(part.missing(in: file)).isDisjoint(with: runs) && part.missing(in: file).count == 2)
        #expect(Set(part.seconds(in: file).keys) == ["plain", "folb"])
        let other = RecordFolder(folder.appendingPathComponent("elsewhere"))
        for run in runs {
            let bytes = try #require(try part.record(of: run, in: file))
            try other.keep(bytes, of: run)
            #expect(try other.bytes(of: run) == bytes)
        }
        #expect(try part.record(of: RunName(method: "plain", seed: 1), in: file) == nil)
        let digest = try [file].digest()
        #expect(try [ExperimentFile(url.path)].digest() == digest)
        try Data(text.replacing("rounds: 3", with: "rounds: 4").utf8).write(to: url)
        #expect(try [ExperimentFile(url.path)].digest() != digest)
    }
}
