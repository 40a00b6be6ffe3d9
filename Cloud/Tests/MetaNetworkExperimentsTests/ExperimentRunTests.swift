import Foundation
import MetaNetworkData
import MetaNetworkTraining
import Testing

@testable import MetaNetworkExperiments

/// An experiment on a made-up log, with real training and records in a folder of its own.
@Suite("Runs of experiments", .serialized)
final class ExperimentRunTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private let task: RankingTask

    private static let text = """
        title: A sample
        seeds: 2
        parts:
          - name: log
            data: {name: log, sha256: DIGEST}
            settings: {epochs: 1, width: 4, window: 4, generator-window: 6, generator-width: 4, rank: 2, batch: 256}
            methods:
              - {name: base, variant: none, model: sasrec}
              - {name: meta, variant: residual}
        claims:
          - {id: gain, text: It gains, left: "metric(meta, full, ndcg@10)", relation: ">", right: "metric(base, full, ndcg@10)"}
        """

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let lines = (0..<24).flatMap { step in
            (0..<20).map { user in "u\(user) i\((user * 7 + step * (1 + user % 3)) % 48)\n" }
        }
        let url = folder.appendingPathComponent("log.txt")
        try Data(lines.joined().utf8).write(to: url)
        task = try RankingTask(InteractionDataset(InteractionReader.read(url), kCore: 1), negatives: 15)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func file(_ change: (String) -> String = { $0 }) throws -> ExperimentFile {
        let url = folder.appendingPathComponent("sample.yaml")
        try Data(change(Self.text.replacing("DIGEST", with: task.dataDigest)).utf8).write(to: url)
        return try ExperimentFile(url.path)
    }

    private struct Stopped: Error {}

    /// What a run did: records kept, runs trained, and what made records stale.
    private struct Log {
        var kept: [String] = []
        var trained: [String] = []
        var stale: [String] = []
    }

    /// Runs the part of a file.
    ///
    /// - Parameter limit: Runs after which everything ends at once, as if the process were killed.
    private func run(_ file: ExperimentFile, limit: Int = .max) async throws -> (log: Log, result: ExperimentResult?) {
        let part = file.parts[0]
        let methods = try part.methods.map { entry in
            ExperimentMethod(
                entry.method,
                group: entry.group,
                variant: entry.variant,
                template: try LearningSettings(entry.settings).configuration(model: entry.model),
                key: entry.key,
                defaults: entry.defaults
            )
        }
        var log = Log()
        do {
            let result = try await part.experiment(in: file, methods).run(task, records: file.records(of: part)) {
                event in
                switch event {
                case .began(let run):
                    if log.trained.count == limit { throw Stopped() }
                    log.trained.append("\(run.method.method.name)-\(run.seed)")
                case .kept(let run): log.kept.append("\(run.method.method.name)-\(run.seed)")
                case .stale(_, let difference): log.stale.append(difference)
                case .training, .rounds, .finished: break
                }
            }
            return (log, result)
        } catch is Stopped {
            return (log, nil)
        }
    }

    private func records() throws -> [String: Data] {
        let place = folder.appendingPathComponent("results/sample/log")
        return try Dictionary(
            uniqueKeysWithValues: FileManager.default.contentsOfDirectory(atPath: place.path).map {
                ($0, try Data(contentsOf: place.appendingPathComponent($0)))
            }
        )
    }

    @Test("that ended half-way go on where they were, do no finished run again, and say the same from records alone")
    func resume() async throws {
        let file = try file()
        let (first, nothing) = try await run(file, limit: 2)
        #expect(first.trained == ["base-1", "base-2"] && nothing == nil)
        let half = try records()
        #expect(half.keys.sorted() == ["base-1.json", "base-2.json"])
        #expect(half.values.allSatisfy { $0.count < 40_000 })
        let partly = try file.parts[0].recorded(in: file, otherwise: "not measured yet")
        #expect(partly.methods.map(\.name) == ["base"] && partly.claims[0].reason == "undecided: not measured yet")

        let (second, result) = try await run(file)
        #expect(second.kept == ["base-1", "base-2"] && second.trained == ["meta-1", "meta-2"] && second.stale.isEmpty)
        let all = try records()
        #expect(all.count == 4 && half.allSatisfy { all[$0.key] == $0.value })

        let (third, again) = try await run(file)
        #expect(third.kept.count == 4 && third.trained.isEmpty)
        #expect(try file.parts[0].hasAllRecords(in: file))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let measured = try encoder.encode(#require(result))
        #expect(try encoder.encode(#require(again)) == measured)
        #expect(try encoder.encode(file.parts[0].recorded(in: file, otherwise: "")) == measured)
        let difference = try #require(result?.difference("meta", "full", "ndcg@10"))
        #expect(difference.low != nil && result?.claims[0].holds != nil)
    }

    @Test("do a stale record again, and say what changed")
    func stale() async throws {
        _ = try await run(file())
        let (log, _) = try await run(
            file { $0.replacing("rank: 2", with: "rank: 2, batch: 128").replacing(", batch: 256", with: "") }
        )
        #expect(log.stale == [String](repeating: "batch was 256 and is 128", count: 4) && log.trained.count == 4)
        // A method's own setting makes its records stale and no others.
        let (own, _) = try await run(
            file {
                $0.replacing("rank: 2", with: "rank: 2, batch: 128").replacing(", batch: 256", with: "")
                    .replacing("variant: residual", with: "variant: residual, settings: {learning-rate: 0.01}")
            }
        )
        #expect(own.kept == ["base-1", "base-2"] && own.trained == ["meta-1", "meta-2"])
        let place = folder.appendingPathComponent("results/sample/log/base-1.json")
        try Data("{}".utf8).write(to: place)
        let (broken, _) = try await run(file())
        #expect(broken.stale.first == "it has another form")
    }
}
