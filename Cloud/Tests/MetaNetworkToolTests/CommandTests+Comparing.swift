import Foundation
import MetaNetworkExperiments
import Testing

/// Comparisons, and those that are ended before their report.
extension CommandTests {
    @Test("compare writes a report and a bundle for each generator, the base first")
    func compare() throws {
        let small = ["--width", "8", "--epochs", "1", "--batch", "128", "--threads", "1", "--bootstrap", "20"]
        let (process, out, error) = try start(
            ["compare"] + data + small + ["--generators", "wide,stabilized", "--seeds", "2", "--out", "r", "--json"],
            environment: ["METANETWORK_DEPS": fakeCharts().path]
        )
        let text = out.fileHandleForReading.readDataToEndOfFile()
        let complaint = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(complaint)")
        let result = try JSONDecoder().decode(ExperimentResult.self, from: text)
        #expect(result.methods.map(\.name) == ["none", "wide", "stabilized"])
        #expect(result.methods.map(\.role) == [.base, .control, .method])
        #expect(result.methods.allSatisfy { $0.metrics["full"]?["ndcg@10"]?.runs.count == 2 })
        let difference = try #require(result.difference("stabilized", "sampled", "auc"))
        #expect(try #require(difference.low) <= difference.mean && difference.mean <= #require(difference.high))
        #expect(try #require(difference.changes).count == 30)
        // Against the base and the control, on either set.
        #expect(result.claims.count == 4 && result.claims.allSatisfy { $0.value != nil })
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("r").path)
        #expect(Set(files) == ["report.html", "report.json", "bag-none", "bag-wide", "bag-stabilized"])
    }

    func fakeCharts() throws -> URL {
        let charts = folder.appendingPathComponent("deps/plotly")
        try FileManager.default.createDirectory(at: charts, withIntermediateDirectories: true)
        try Data("/* charts */".utf8).write(to: charts.appendingPathComponent("plotly.min.js"))
        return charts.deletingLastPathComponent()
    }

    @Test("Ctrl-C in a comparison keeps what was trained; --resume ends with the figures of an uninterrupted one")
    func interruptedComparison() throws {
        let small = ["--width", "8", "--epochs", "30", "--patience", "0", "--threads", "1", "--bootstrap", "20"]
        let arguments = ["compare"] + data + small + ["--generators", "residual"]
        let charts = ["METANETWORK_DEPS": try fakeCharts().path]
        let states = folder.appendingPathComponent("r/.runs").path
        let early = try run(arguments + ["--out", "r", "--resume"], environment: charts)
        #expect(early.status == 2 && early.error.contains("no interrupted comparison left its state"), "\(early.error)")

        let (process, _, error) = try start(arguments + ["--out", "r"], environment: charts)
        var seen = ""
        // The base is trained then, and the generator's first epoch is over.
        while !seen.contains("[2/2]") {
            let piece = error.fileHandleForReading.availableData
            try #require(!piece.isEmpty, "ended too early: \(seen)")
            seen += String(decoding: piece, as: UTF8.self)
        }
        process.interrupt()
        seen += String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        #expect(seen.contains("go on with --resume") && !seen.contains("[2/2] bag residual seed 1: epoch 30:"))
        #expect(
            try Set(FileManager.default.contentsOfDirectory(atPath: states)) == [
                "bag-none-1-1.checkpoint", "bag-residual-1-1.checkpoint",
            ]
        )

        let resumed = try run(arguments + ["--out", "r", "--resume"], environment: charts)
        #expect(resumed.status == 0, "\(resumed.error)")
        #expect(!resumed.error.contains("[1/2]"), "the base was trained before: \(resumed.error)")
        #expect(!resumed.error.contains("[2/2] bag residual seed 1: epoch 1:"))
        #expect(!FileManager.default.fileExists(atPath: states))
        #expect(try run(arguments + ["--out", "whole"], environment: charts).status == 0)
        let (found, expected) = (try report(in: "r"), try report(in: "whole"))
        for method in ["none", "residual"] {
            for set in ["sampled", "full"] {
                let figures = try #require(found.method(method)?.metrics[set])
                #expect(figures == expected.method(method)?.metrics[set], "\(method) \(set)")
            }
        }
    }

    private func report(in name: String) throws -> ExperimentResult {
        let file = folder.appendingPathComponent(name).appendingPathComponent("report.json")
        return try JSONDecoder().decode(ExperimentResult.self, from: Data(contentsOf: file))
    }
}
