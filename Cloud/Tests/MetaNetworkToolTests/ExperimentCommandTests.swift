import ArgumentParser
import Foundation
import MetaNetworkExperiments
import Testing

@testable import metanetwork

/// The files of `Experiments/`, each tried on made-up data.
@Suite("Experiments")
struct ExperimentCommandTests {
    private static let folder = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../Experiments")
        .standardized

    private static let files: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".yaml") }
        .sorted()

    @Test("there are some") func some() { #expect(!Self.files.isEmpty) }

    /// Files whose test users live as devices, which needs a service.
    private static let served = files.filter {
        ((try? String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)) ?? "").contains("devices: {")
    }

    @Test("run from the first method to the last claim", arguments: files.filter { !served.contains($0) })
    func quick(file: String) async throws { try await Self.tried(file) }

    @Test("run from the first method to the last claim where users live as devices", arguments: served)
    func quickDevices(file: String) async throws { try await Self.tried(file) }

    private static func tried(_ file: String) async throws {
        let path = folder.appendingPathComponent(file).path
        let before = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        let command = try ExperimentCommand.parse([path, "--quick", "--quiet", "--threads", "1"])
        for result in try await command.measured(on: LaunchedRanks(environment: [:]))[0].parts {
            #expect(!result.methods.isEmpty && result.seeds == 1)
            // One seed has no interval, so that no claim can hold by accident.
            #expect(result.claims.allSatisfy { $0.reason.hasPrefix("undecided: ") || $0.low == $0.high })
        }
        #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.path) == before)
    }

    @Test(
        "are tried on made-up images and tables as on logs",
        arguments: [
            ("task: images, shifts: rotation", "cnn"),
            ("task: classification, target-columns: gesture, device-column: wearer, stride: 20", "gestures.json"),
            ("task: regression, target-columns: ppm, time-column: when", "two-towers.json"),
        ]
    )
    func standIns(settings: String, model: String) async throws {
        let examples = Self.folder.appendingPathComponent("../Examples/architectures").standardized.path
        let text = """
            title: Made-up data
            parts:
              - name: a
                data: {name: nowhere}
                settings: {\(settings), batch: 64, generator-width: 4, rank: 2}
                methods:
                  - {name: base, variant: none, model: \(model == "cnn" ? model : "relative/\(model)")}
                  - {name: meta, variant: residual}
            """
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createSymbolicLink(
            atPath: folder.appendingPathComponent("relative").path,
            withDestinationPath: examples
        )
        let file = folder.appendingPathComponent("made-up.yaml")
        try Data(text.utf8).write(to: file)
        let command = try ExperimentCommand.parse([file.path, "--quick", "--quiet", "--threads", "1"])
        let result = try await command.measured(on: LaunchedRanks(environment: [:]))[0].parts[0]
        #expect(result.methods.map(\.name) == ["base", "meta"])
        #expect(result.methods.allSatisfy { $0.metrics["devices"]?.isEmpty == false })
    }
}

extension CommandTests {
    private static let experiment = """
        title: A sample
        seeds: 2
        parts:
          - name: log
            data: {name: log}
            settings: {epochs: 2, width: 8, batch: 64, k-core: 1, user-column: who, item-column: what, time-column: when}
            methods:
              - {name: base, variant: none, model: sasrec}
              - {name: meta, variant: residual}
        claims:
          - {id: gain, text: It gains, left: "metric(meta, full, ndcg@10)", relation: ">", right: "metric(base, full, ndcg@10)"}
        """

    @Test("an experiment that is killed goes on from its records, and its page is the same from records alone")
    func killedExperiment() throws {
        let (file, here) = (folder.appendingPathComponent("sample.yaml"), ["METANETWORK_DATA": folder.path])
        try Data(Self.experiment.utf8).write(to: file)
        let command = ["experiment", "sample.yaml", "--threads", "1"]
        // Without a digest the run says which it is.
        let asked = try run(command, environment: here)
        #expect(
            asked.status == 2 && asked.error.contains("sample.yaml, line 5: the data have no digest; add `sha256: ")
        )
        let digest = try #require(asked.error.firstMatch(of: /[0-9a-f]{64}/)).output
        try Data(Self.experiment.replacing("{name: log}", with: "{name: log, sha256: \(digest)}").utf8).write(to: file)

        let records = folder.appendingPathComponent("results/sample/log")
        let first = records.appendingPathComponent("base-1.json")
        let (process, _, _) = try start(command, environment: here)
        let limit = Date(timeIntervalSinceNow: 120)
        while !FileManager.default.fileExists(atPath: first.path), Date() < limit {
            Thread.sleep(forTimeInterval: 0.01)
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let kept = try Data(contentsOf: first)
        let listed = try run(["experiment", "sample.yaml", "--list"], environment: here)
        #expect(listed.out.contains("base: base, variant none, model sasrec: ") && listed.out.contains("claim gain: "))

        let resumed = try run(command + ["--json"], environment: here)
        #expect(resumed.status == 0, "\(resumed.error)")
        #expect(try Data(contentsOf: first) == kept)
        struct Printed: Decodable {
            struct Experiment: Decodable { let parts: [ExperimentResult] }
            let experiments: [Experiment]
        }
        let result = try JSONDecoder().decode(Printed.self, from: Data(resumed.out.utf8)).experiments[0].parts[0]
        #expect(result.methods.map(\.name) == ["base", "meta"] && result.seeds == 2)
        let again = try run(command)
        #expect(
            again.status == 0 && !again.error.contains("epoch 1"),
            "all records are there, and the data are not needed"
        )

        let pages = try ["a.md", "b.md"].map { page in
            let rendered = try run(["experiment", "sample.yaml", "--render", page])
            #expect(rendered.status == 0, "\(rendered.error)")
            return try String(contentsOf: folder.appendingPathComponent(page), encoding: .utf8)
        }
        #expect(pages[0] == pages[1] && pages[0].contains("**gain**: It gains") && pages[0].contains("UAUC"))
        let bad = Self.experiment.replacing("epochs: 2", with: "epochs: -2")
        try Data(bad.utf8).write(to: file)
        let refused = try run(command)
        #expect(refused.status == 2 && refused.error.contains("sample.yaml, line 6: 'epochs' is '-2'"))
    }
}
