import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkExperiments
import Testing

/// Models that adapt to what their devices see, as a user runs them.
extension CommandTests {
    /// Images of 8 × 8 pixels whose bright row is the class, and two models of them.
    private func writeBars() throws {
        var random = SeededGenerator(seed: 8)
        let lines = (0..<400).map { image in
            let label = image % 8
            let pixels = (0..<64).map { place in
                let level: Float = (place / 8 == label ? 200 : 20) + random.normal() * 15
                return "\(min(255, max(0, Int(level))))"
            }
            return (pixels + ["\(label)"]).joined(separator: ",")
        }
        try Data(lines.joined(separator: "\n").utf8).write(to: folder.appendingPathComponent("bars.csv"))
        for (name, units) in [("small", 8), ("large", 32)] {
            let model = Architecture(
                name: name,
                inputs: [.image("image", channels: 1, height: 8, width: 8)],
                nodes: [
                    .init("pixels", .flatten, "image"),
                    .init("hidden", .dense(units: units, activation: .relu), "pixels"),
                    .init("logits", .dense(units: 8), "hidden"),
                ],
                output: "logits"
            )
            try JSONEncoder().encode(model).write(to: folder.appendingPathComponent("\(name).json"))
        }
    }

    private func trainBars(_ model: String, _ shifts: String, out: String) throws {
        let trained = try run(
            [
                "train", "--task", "images", "--data", "bars.csv", "--model", "\(model).json", "--generator", "none",
                "--shifts", shifts, "--epochs", "4", "--batch", "32", "--learning-rate", "0.01", "--threads", "1",
                "--out", out, "--json",
            ]
        )
        #expect(trained.status == 0, "\(trained.error)")
    }

    @Test("a stream of spoiled images drives devices over HTTP, adapts their model, and leaves the registry as it was")
    func adaptedStream() throws {
        try writeBars()
        try trainBars("small", "none", out: "bars")
        try trainBars("large", "noise,contrast", out: "large/bars")
        #expect(try run("publish", "bars", "--registry", "registry").status == 0)
        let stream = [
            "simulate", "--registry", "registry", "--task", "images", "--data", "bars.csv", "--stream", "40",
            "--events", "events.sqlite", "--lag", "3", "--json",
        ]
        let alone = try run(stream)
        #expect(alone.status == 2 && alone.error.contains("publish one with --cloud-model"), "\(alone.error)")
        #expect(try run("publish", "large/bars", "--registry", "registry", "--cloud-model").status == 0)
        let before = try run("list", "--registry", "registry", "--json").out
        let simulated = try run(stream)
        #expect(simulated.status == 0, "\(simulated.error)")
        let report = try JSONDecoder().decode(ExperimentResult.self, from: Data(simulated.out.utf8))
        #expect(report.data.facts.map(\.count) == [1, 8, 8, 320, 80])
        let (own, adapted) = (report.methods[0].cost, report.methods[1].cost)
        // A token with the proof of the device's key alone, and inputs.
        #expect(own["bytesUp"] ?? .infinity < 600 && adapted["bytesUp"] ?? 0 > 64 * 2 * 64)
        // Two weights and six prompts, the last of which nothing asks for before the end.
        #expect(adapted["fileBytes"] ?? 0 > 3 * (own["fileBytes"] ?? .infinity))
        #expect(report.statistic("adapted", "clean", "accuracy") != nil)
        #expect(try run("list", "--registry", "registry", "--json").out == before)
        let adapt = ["adapt", "bars", "--registry", "registry", "--data", "events:events.sqlite", "--threads", "1"]
        let first = try run(adapt + ["--clean", "bars.csv", "--lag", "4"])
        #expect(first.status == 0 && first.out.contains("64 inputs") && first.out.contains("published weights"))
        #expect(first.out.contains("accuracy on clean data"), "\(first.out) \(first.error)")
        let second = try run(adapt)
        #expect(second.status == 0 && second.out.contains("its user's consent"), "\(second.out) \(second.error)")
        #expect(try run("list", "--registry", "registry", "--json").out != before)
        #expect(try run("adapt", "bars", "--registry", "registry").status == 64)
        #expect(try run(["adapt", "bars", "--registry", "registry", "--data", "events:none.sqlite"]).status == 2)
        let other = try run(["adapt", "others", "--registry", "registry", "--data", "events:events.sqlite"])
        #expect(other.status == 2 && other.error.contains("others"), "\(other.error)")
    }
}
