import Foundation
import MetaNetwork
import MetaNetworkExperiments
import Testing

/// Trials of candidates, as a user runs them.
extension CommandTests {
    /// Users who each choose among the ten films of one of sixteen kinds.
    private func writeKinds() throws {
        var random = SeededGenerator(seed: 5)
        var lines = ["user,item,time"]
        for user in 0..<180 {
            for step in 0..<20 { lines.append("user \(user),film-\(user % 16 * 10 + Int(random.next() % 10)),\(step)") }
        }
        try Data(lines.joined(separator: "\n").utf8).write(to: folder.appendingPathComponent("kinds.csv"))
    }

    private func trainKinds(_ epochs: Int, _ rate: String, out: String) throws {
        let trained = try run(
            [
                "train", "--data", "kinds.csv", "--model", "bag", "--generator", "vector", "--epochs", "\(epochs)",
                "--learning-rate", rate, "--threads", "1", "--out", out, "--json",
            ]
        )
        #expect(trained.status == 0, "\(trained.error)")
    }

    @Test("a candidate that ranks by lot is stopped by what its devices choose, and the registry is left as it was")
    func badCandidate() throws {
        try writeKinds()
        try trainKinds(8, "0.01", out: "good/kinds")
        try trainKinds(1, "0.000001", out: "bad/kinds")
        #expect(try run("publish", "good/kinds", "--registry", "registry").status == 0)
        let before = try run("list", "--registry", "registry", "--json").out
        let trial = [
            "simulate", "--registry", "registry", "--data", "kinds.csv", "--policies", "every-1", "--share", "50%",
        ]
        let text = try run(trial + ["--candidate", "bad/kinds"])
        #expect(text.status == 0, "\(text.error)")
        #expect(text.out.contains("the candidate was stopped: NDCG@10 is"), "\(text.out)")
        let again = try run(trial + ["--candidate", "good/kinds"])
        #expect(again.status == 2 && again.error.contains("is current already"), "\(again.error)")
        #expect(try run("list", "--registry", "registry", "--json").out == before)
        let wrong = try run(trial + ["--candidate", "bad/kinds", "--share", "100%"])
        #expect(wrong.status == 64 && wrong.error.contains("more than 0 and less than 100%"), "\(wrong.error)")
    }
}
