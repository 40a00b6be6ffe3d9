import Foundation
import MetaNetwork
import Testing

/// Rankers that read of their users beside items, as a user runs them.
extension CommandTests {
    private func writeContexts() throws {
        let lines = (0..<30).map { "user \($0)\t\(20 + $0)\t\(["artist", "writer", ""][$0 % 3])\n" }
        try Data(("user_id:token\tage:float\tjob:token\n" + lines.joined()).utf8)
            .write(to: folder.appendingPathComponent("people.user"))
        let model = Architecture(
            name: "people",
            inputs: [
                .init(name: "history", kind: .items, length: 4), .init(name: "candidate", kind: .item),
                .vector("years", width: 1), .token("job", ["artist", "writer"]),
            ],
            nodes: [
                .init("read", .embedding(table: "items", width: 6), "history"), .init("recent", .last, "read"),
                .init("even", .standardize, "years"), .init("work", .embedding(table: "jobs", width: 3), "job"),
                .init("joined", .concatenate, "recent", "even", "work"),
                .init("user", .dense(units: 6, dynamic: true), "joined"),
                .init("target", .embedding(table: "items", width: 6), "candidate"),
                .init("score", .dot, "user", "target"),
            ],
            output: "score"
        )
        try JSONEncoder().encode(model).write(to: folder.appendingPathComponent("people.json"))
    }

    @Test("a ranker with further inputs: trained with profiles, measured, shown, exported and served to devices")
    func contexts() throws {
        try writeContexts()
        let data = ["--data", "log.csv", "--user-column", "who", "--item-column", "what"]
        let profiles = ["--profiles", "people.user", "--profile-columns", "age"]
        let train =
            ["train"] + data + [
                "--threads", "1", "--k-core", "1", "--model", "people.json", "--epochs", "1", "--quiet", "--out",
                "people",
            ]
        let without = try run(train)
        #expect(without.status == 2 && without.error.contains("give what is known of the users with --profiles FILE"))
        let wrong = try run(train + ["--profiles", "people.user", "--profile-columns", "age,job,height"])
        #expect(wrong.status != 0 && wrong.error.contains("no column 'height'"), "\(wrong.error)")
        let trained = try run(train + profiles + ["--generator", "offset"])
        #expect(trained.status == 0, "\(trained.error)")
        let shown = try run("inspect", "people")
        #expect(
            shown.out.contains("reads          items and 'years', one vector of width 1 and 'job', one of 2 tokens")
        )
        #expect(try run("model", "show", "people.json").out.contains("job: token"))
        let measured = try run(["evaluate", "people"] + data + profiles)
        #expect(measured.status == 0 && measured.out.contains("ndcg@10"), "\(measured.error)")
        #expect(try run(["evaluate", "people"] + data).status == 2)
        let exported = try run("export", "people", "--onnx", "people.onnx")
        let reads = "history int64 [T], candidates int64 [N], years float32 [1, 1], job int64 [1]"
        #expect(exported.out.contains(reads), "\(exported.out)")
        #expect(try run("publish", "people", "--registry", "registry", "--quiet").status == 0)
        let lived = try run(
            ["simulate", "--registry", "registry", "--model", "people", "--policies", "every-5", "--devices", "3"]
                + data + profiles
        )
        #expect(lived.status == 0, "\(lived.error)")
    }
}
