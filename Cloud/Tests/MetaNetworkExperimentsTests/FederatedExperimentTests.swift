import Foundation
import MetaNetworkData
import MetaNetworkFederated
import MetaNetworkTraining
import Testing

@testable import MetaNetworkExperiments
@testable import MetaNetworkSettings

/// An experiment on made-up devices, with records in a folder of its own.
@Suite("Experiments whose devices learn together")
final class FederatedExperimentTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    private static let text = """
        title: A sample
        seeds: 2
        parts:
          - name: made-up
            data: {name: synthetic, source: made up}
            federates: {devices: 6, at-once: 3, rounds: 4, local-epochs: 1, model: linear}
            methods:
              - {name: base, role: base, label: FedAvg}
              - {name: folb, federates: {method: folb}}
              - {name: buffered, role: baseline, federates: {method: fedbuff, cache: 2, speeds: pareto-1, uplink: 1}}
        claims:
          - {id: rounds, text: It is faster, left: "first(curve(folb, round, training, loss), <= 9)", relation: "<", right: 3}
          - {id: bytes, text: It sends twice as much, left: "cost(folb, bytesUp)", relation: ">=", right: "2 * cost(base, bytesUp)"}
        """

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func file(_ text: String = text, isQuick: Bool = false) throws -> ExperimentFile {
        let url = folder.appendingPathComponent("sample.yaml")
        try Data(text.utf8).write(to: url)
        return try ExperimentFile(url.path, isQuick: isQuick)
    }

    /// Runs the part of a file.
    private func run(
        _ file: ExperimentFile,
        workers: Int = 2
    ) async throws -> (result: ExperimentResult, measured: Int, rounds: Int) {
        let part = file.parts[0]
        var (measured, rounds) = (0, 0)
        let source = try FederatedSource(part.settings) { _ in throw DataError("no interactions") }
        let result = try await part.experiment(in: file, part.federatedMethods)
            .run(source, workers: workers, records: file.records(of: part)) { event in
                if case .finished = event { measured += 1 }
                if case .rounds = event { rounds += 1 }
            }
        return (result, measured, rounds)
    }

    @Test("records hold the curves of each seed; what is there is not run again, on any number of threads")
    func records() async throws {
        let first = try await run(file())
        #expect(first.measured == 6 && first.rounds == 30)
        let again = try await run(file(), workers: 1)
        #expect(again.measured == 0)
        #expect(again.result.methods.map(\.metrics) == first.result.methods.map(\.metrics))
        #expect(again.result.claims.map(\.holds) == first.result.claims.map(\.holds))
        let (part, sample) = (try file().parts[0], try file())
        #expect(try part.recorded(in: sample, otherwise: "missing").claims.map(\.id) == ["rounds", "bytes"])
        #expect(try part.hasAllRecords(in: sample))
    }

    @Test("a changed number makes the records of its method alone stale")
    func stale() async throws {
        _ = try await run(file())
        let changed = Self.text.replacing("method: folb", with: "method: folb, weighing: signed")
        #expect(try await run(file(changed)).measured == 2)
        #expect(try await run(file(Self.text.replacing("rounds: 4", with: "rounds: 5"))).measured == 6)
    }

    @Test(
        "rounds are read at the same models, seconds at the same places, and the end of a curve is what was measured last"
    )
    func curves() async throws {
        let result = try await run(file()).result
        func curve(_ method: String, _ axis: String, _ metric: String) throws -> Curve {
            try #require(
                result.curves.first { $0.method == method && $0.axis == axis && $0.metric == metric }
            )
        }
        #expect(try curve("base", "round", "loss").points.map(\.x) == [0, 1, 2, 3, 4])
        let base = try #require(result.method("base"))
        let last = try #require(curve("base", "round", "accuracy").points.last)
        #expect(abs(last.mean - (base.metrics["test"]?["accuracy"]?.mean ?? 0)) < 1e-6)
        // FOLB sends a model down, and a model and a gradient up, for three devices and four rounds.
        let parameters = try #require(base.cost["parameters"])
        #expect(result.method("folb")?.cost["bytesUp"] == 4 * 2 * parameters * 3 * 4)
        #expect(try curve("folb", "bytes", "loss").points.last?.x == 4 * 3 * parameters * 3 * 4)
        let seconds = try curve("buffered", "seconds", "loss")
        #expect(seconds.points.count == 201 && seconds.points[0].x == 0)
        #expect(result.sets.map(\.name) == ["test", "training"] && result.sets[0].subjects == "devices")
        #expect(result.claims.map(\.holds) == [true, true])
    }

    /// Devices in a row, each with a wave; the part's name of the data is the file's path.
    private func series() throws -> String {
        let names = (0..<6).map { "d\($0)" }
        let lines = (0..<90).map { line in
            (0..<6).map { "\(sin(Double(line * ($0 + 2)) / 7) + sin(Double(line * line)))" }
        }
        let data = folder.appendingPathComponent("waves.csv")
        try Data(([names] + lines).map { $0.joined(separator: ",") }.joined(separator: "\n").utf8).write(to: data)
        return """
            title: Shared rows
            seeds: 2
            parts:
              - name: waves
                data: {name: "\(data.path)"}
                federates: {model: linear, ahead: 1, lags: 2, neighbours: 1, period: 45, graph: full, speeds: exponential-2, rounds: 40, local-rate: 0.1}
                methods:
                  - {name: home, role: base, federates: {method: uncoded}}
                  - {name: coded, federates: {method: coded, code-rate: 0.5}}
            claims:
              - {id: faster, text: It is faster, left: "cost(coded, iterationSeconds)", relation: "<", right: "cost(home, iterationSeconds)"}
              - {id: near, text: It comes near, left: "at(curve(coded, round, test, excess), 40)", relation: "<", right: 1}
            """
    }

    @Test("devices that share rows have curves of their error above least squares, and what sharing costs")
    func sharedRows() async throws {
        let first = try await run(file(series()))
        let result = first.result
        #expect(first.measured == 4 && result.claims.map(\.holds) == [true, true])
        let metrics = Set(result.curves.filter { $0.method == "coded" }.map(\.metric))
        #expect(metrics == ["excess", "mse", "loss"])
        let cost = try #require(result.method("coded")?.cost)
        #expect(cost["bytesBetween"] ?? 0 > 0 && cost["codeRate"] == 0.5 && cost["parameters"] == 5)
        #expect(result.method("home")?.cost["codeRate"] == nil && result.sets[0].subjects == "devices")
        // From the first to the second day an error is measured twice after as many models.
        let rounds = try #require(result.curves.first { $0.method == "home" && $0.axis == "round" })
        #expect(rounds.points.map(\.x).filter { $0 == 20 }.count == 2)
        #expect(try await run(file(series())).measured == 0)
        #expect(try StandIn(file(series(), isQuick: true).parts[0]).write(to: folder).hasSuffix("waves.csv"))
        #expect(throws: ConfigurationError.self) {
            try file(series().replacing("uncoded}", with: "uncoded, drift: 1}"))
        }
    }

    /// Grey images of two classes, and an experiment on them.
    private func images() throws -> String {
        let lines = (0..<60).map { image in
            let pixels = (0..<16).map { pixel in
                (pixel % 4 < 2) == (image % 2 == 0) ? "\(200 + image % 50)" : "\(image % 30)"
            }
            return (pixels + ["\(image % 2)"]).joined(separator: ",")
        }
        let data = folder.appendingPathComponent("images.csv")
        try Data(lines.joined(separator: "\n").utf8).write(to: data)
        return """
            title: Parts
            seeds: 2
            parts:
              - name: halves
                data: {name: "\(data.path)"}
                federates: {method: split-gan, clients: 2, rounds: 3, local-epochs: 1, local-batch: 8, fakes: 8, part-channels: 2, local-rate: 0.001, device-link: 1, speeds: "5,1,3", ms-per-example: 1}
                methods:
                  - {name: whole, role: base, federates: {unsplit: true}}
                  - {name: split, federates: {placement: one-part-each, part-dropout: 0, compare-unsplit: true}}
            claims:
              - {id: exact, text: It is the same, left: "cost(split, twinDifference)", relation: "<=", right: 1e-5}
              - {id: near, text: It comes near, left: "metric(split, test, frechet) - metric(whole, test, frechet)", relation: "<", right: 1e6}
              - {id: slower, text: It takes longer, left: "cost(split, stepSeconds)", relation: ">", right: "cost(whole, stepSeconds)"}
            """
    }

    @Test("a generator has curves of its images, what its time went into, and records that are read again")
    func generated() async throws {
        let first = try await run(file(images()))
        let result = first.result
        #expect(first.measured == 4 && result.claims.map(\.holds) == [true, true, true], "\(result.claims)")
        let metrics = Set(result.curves.filter { $0.method == "split" }.map(\.metric))
        #expect(metrics == ["frechet", "neighbours", "covered", "loss", "generator-loss"])
        let cost = try #require(result.method("split")?.cost)
        #expect(cost["bytesBetween"] ?? 0 > 0 && result.method("whole")?.cost["bytesBetween"] == 0)
        #expect(result.sets.map(\.name) == ["test", "training"] && result.methods[0].model == "dense")
        #expect(try await run(file(images())).measured == 0)
        #expect(try StandIn(file(images(), isQuick: true).parts[0]).write(to: folder).hasSuffix("halves.csv"))
        #expect(throws: ConfigurationError.self) {
            try file(images().replacing("{unsplit: true}", with: "{clients: 3}"))
        }
    }

    @Test("tried alone, it makes few models on few devices")
    func quick() throws {
        let text = Self.text.replacing("devices: 6", with: "devices: 600").replacing("rounds: 4", with: "rounds: 400")
        let plan = try #require(try file(text, isQuick: true).parts[0].methods[0].federates?.plan)
        #expect(plan.devices == 10 && plan.models == 2 && plan.updates == 20)
        #expect(try file(text).parts[0].methods[0].federates?.plan.devices == 600)
        #expect(try StandIn(file(text, isQuick: true).parts[0]).write(to: folder) == "synthetic")
    }

    @Test(
        "what cannot be is one message with its line",
        arguments: [
            ("method: folb", "method: fold", 9, "'method' is 'fold'"),
            ("method: folb", "metod: folb", 9, "there is no setting 'metod'; did you mean 'method'?"),
            ("method: folb", "devices: 7", 9, "'devices'"),
            ("{name: folb,", "{name: folb, variant: none,", 9, "a method that federates has no key 'variant'"),
            ("role: base, ", "", 8, "one method must have the role base"),
            ("    methods:", "    settings: {epochs: 2}\n    methods:", 7, "'settings' or 'federates'"),
            ("rounds: 4", "rounds: 0", 6, "'rounds' is '0'"),
            ("curve(folb,", "curve(fold,", 12, "there is no method 'fold'"),
        ]
    )
    func mistakes(_ old: String, _ new: String, _ line: Int, _ words: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try file(Self.text.replacing(old, with: new)) }
        let message = try #require(error).description
        #expect(message.contains("line \(line): ") && message.contains(words), "\(message)")
    }
}
