import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer
@testable import metanetwork

/// Rankers that read the moment of a choice, as a user runs them.
extension CommandTests {
    private static let columns = [
        "--user-column", "who", "--item-column", "what", "--time-column", "when", "--event-column", "did",
    ]

    /// Users who look at things and take them, now and then.
    private func writeEvents(kinds: Int = 2, from start: Int = 1_700_000_000) throws {
        var lines = "who,what,when,did\n"
        for user in 0..<30 {
            for step in 0..<20 {
                let time = start + step * 3600 * (1 + (user + step) % 40)
                lines +=
                    "u\(user),film-\((user * 7 + step * (1 + user % 3)) % 60),\(time),kind-\((user + step) % kinds)\n"
            }
        }
        try Data(lines.utf8).write(to: folder.appendingPathComponent("did.csv"))
    }

    private func train(_ more: [String], out: String) throws -> Output {
        let fixed = ["--k-core", "1", "--width", "8", "--epochs", "1", "--threads", "1", "--out", out]
        return try run(["train"] + more + fixed)
    }

    @Test(
        "a ranker that reads the moment of a choice: trained, measured as it was trained, shown, predicted with and simulated"
    )
    func eventContext() throws {
        try writeEvents()
        let data = ["--data", "did.csv"] + Self.columns
        let trained = try train(
            data + ["--event-context", "gap,hour,previous", "--generator", "offset"],
            out: "moments"
        )
        #expect(trained.status == 0, "\(trained.error)")
        let card = try String(contentsOf: folder.appendingPathComponent("moments/MODEL_CARD.md"), encoding: .utf8)
        #expect(card.contains("| and `gap` | ln(1 + h), where the latest item"), "\(card)")
        #expect(
            card.contains(
                "| and `previous` | what the user did with the latest item of the history, one of: kind-0, kind-1 |"
            )
        )
        let shown = try run("inspect", "moments")
        #expect(shown.out.contains("'previous', one of 2 tokens"), "\(shown.out)")
        // The bundle remembers what it reads.
        let measured = try run(["evaluate", "moments", "--payloads", "--json"] + data)
        #expect(measured.status == 0, "\(measured.error)")
        let others = try run(
            ["evaluate", "moments", "--data", "did.csv", "--event-context", "gap,hour"] + Self.columns
        )
        #expect(others.status == 2 && others.error.contains("--event-context previous"), "\(others.error)")
        let exported = try run("export", "moments", "--onnx", "moments.onnx")
        #expect(exported.out.contains("gap float32 [1, 1], hour float32 [1, 2], previous int64 [1]"), "\(exported.out)")
        let told = try run(["predict", "moments", "--top", "3", "--out", "top.csv"] + data)
        #expect(
            told.status == 0 && told.error.contains("'gap', 'hour' count as missing; give --at TIME"),
            "\(told.error)"
        )
        for time in ["2024-01-01T06:00:00Z", "2024-06-01"] {
            #expect(try run(["predict", "moments", "--at", time, "--out", "\(time.count).csv"] + data).status == 0)
        }
        let files = try ["top.csv", "20.csv", "10.csv"].map {
            try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8).split(separator: "\n")[1]
        }
        #expect(Set(files).count == 3)
        let early = try run(["predict", "moments", "--at", "2023-12-01T06:00:00Z", "--out", "x.csv"] + data)
        #expect(early.status == 2 && early.error.contains("chose 'film-"), "\(early.error)")
        #expect(try run(["predict", "moments", "--at", "soon", "--out", "x.csv"] + data).status == 64)
        #expect(try run("publish", "moments", "--registry", "registry", "--quiet").status == 0)
        let lived = try run(
            [
                "simulate", "--registry", "registry", "--model", "moments", "--policies", "every-5,fine-tune-2",
                "--devices", "3",
            ] + data
        )
        #expect(lived.status == 0, "\(lived.error)")
        let kept = try run(
            [
                "compare", "--models", "bag,gru4rec", "--generators", "none,popularity", "--event-context", "gap",
                "--k-core", "1", "--width", "8",
            ]
                + ["--epochs", "1", "--threads", "1", "--out", "both", "--quiet"] + data
        )
        #expect(kept.status == 0, "\(kept.error)")
    }

    @Test("rankings go by what the user did last, and those of data that do not say so by nothing")
    func previousEvent() throws {
        try writeEvents()
        let data = ["--data", "did.csv"] + Self.columns
        let trained = try train(data + ["--event-context", "gap,previous", "--learning-rate", "0.05"], out: "told")
        #expect(trained.status == 0, "\(trained.error)")
        // The bundle remembers the columns of times and events.
        func predicted(_ text: String) throws -> (scores: [String: [Substring]], error: String) {
            try Data(text.utf8).write(to: folder.appendingPathComponent("some.csv"))
            let output = try run(
                ["predict", "told", "--data", "some.csv", "--out", "some-top.csv"] + Self.columns.prefix(4)
            )
            #expect(output.status == 0, "\(output.error)")
            let lines = try String(contentsOf: folder.appendingPathComponent("some-top.csv"), encoding: .utf8)
                .split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
            return (Dictionary(grouping: lines) { String($0[0]) }.mapValues { $0.map { $0[3] } }, output.error)
        }
        // The latest item of c and d is none that the model knows; what was done with the one before it counts.
        let (told, _) = try predicted(
            """
            who,what,when,did
            a,film-1,1,kind-0
            b,film-1,1,kind-1
            c,film-1,1,kind-1
            c,film-of-tomorrow,2,kind-0
            d,film-1,1,never

            """
        )
        #expect(told["a"] != told["b"] && told["b"] == told["c"] && told["d"] != told["a"])
        let (mute, error) = try predicted("who,what,when\na,film-1,1\n")
        #expect(error.contains("nothing says what users did: 'previous' counts as missing"), "\(error)")
        #expect(mute["a"] == told["d"])
        let named = try run(["predict", "told", "--data", "some.csv", "--out", "x.csv"] + Self.columns)
        #expect(named.status == 2 && named.error.contains("no column 'did'"), "\(named.error)")
        // So it is in the gate of a retraining.
        let bundle = try ModelBundle(contentsOf: folder.appendingPathComponent("told"))
        let url = folder.appendingPathComponent("past.csv")
        let past = (0..<2).map {
            "\($0),film-1,0,kind-1\n\($0),film-of-tomorrow,3600,kind-0\n\($0),film-2,7200,kind-0\n"
        }
        try Data(("user,item,time,event\n" + past.joined()).utf8).write(to: url)
        let log = try InteractionReader.read(url, filter: InteractionFilter(keepsEvents: true))
        let dataset = try InteractionDataset(log, kCore: 1, keepsMoments: true)
        let moments = try BundleMoments(bundle)
        func row(knowing all: Bool) -> [Float]? {
            moments.row(at: 2, after: 0..<2, of: dataset) { all || bundle.itemNames.contains($0) }
        }
        let tokens =
            try ModelGraph(bundle.manifest.architecture, itemCount: bundle.manifest.items).inputs[1].tokens ?? []
        func number(_ event: String) -> Float { Float((tokens.firstIndex(of: event) ?? -1) + 1) }
        #expect(row(knowing: false) == [Float(log1p(2.0)), number("kind-1")])
        #expect(row(knowing: true) == [Float(log1p(1.0)), number("kind-0")])
    }

    /// A ranker that lists what users did in its own order.
    private static let ownModel =
        #"{"name":"own","inputs":[{"name":"history","kind":"items","length":4},{"name":"candidate","kind":"item"},"#
        + #"{"name":"previous","kind":"token","tokens":["kind-1","kind-0"]}],"#
        + #""nodes":[{"name":"read","operation":"embedding","inputs":["history"],"table":"items","width":4},"#
        + #"{"name":"recent","operation":"last","inputs":["read"]},"#
        + #"{"name":"did","operation":"embedding","inputs":["previous"],"table":"events","width":4},"#
        + #"{"name":"told","operation":"add","inputs":["recent","did"]},"#
        + #"{"name":"user","operation":"dense","inputs":["told"],"units":4,"dynamic":true},"#
        + #"{"name":"target","operation":"embedding","inputs":["candidate"],"table":"items","width":4},"#
        + #"{"name":"score","operation":"dot","inputs":["user","target"]}],"output":"score"}"#

    @Test("shipped models that are compared with one of one's own read moments as that one does, where it comes first")
    func comparedMoments() throws {
        try writeEvents()
        try Data(Self.ownModel.utf8).write(to: folder.appendingPathComponent("own.json"))
        func compared(_ models: String) throws -> Output {
            try run(
                [
                    "compare", "--models", models, "--generators", "none", "--event-context", "previous", "--k-core",
                    "1", "--width", "8", "--epochs", "1", "--threads", "1", "--out", "own-\(models.count)",
                    "--data", "did.csv", "--quiet",
                ] + Self.columns
            )
        }
        let together = try compared("own.json,gru4rec")
        #expect(together.status == 0, "\(together.error)")
        let others = try compared("bag,own.json")
        #expect(others.status != 0 && others.error.contains("the same tokens"), "\(others.error)")
        #expect(!others.error.contains("give --profiles"), "\(others.error)")
    }

    @Test("attacks are measured on a model that reads moments in the moments of its data")
    func attackedMoments() throws {
        try writeEvents()
        let data = ["--data", "did.csv"] + Self.columns
        let trained = try train(data + ["--event-context", "gap,previous", "--generator", "offset"], out: "open")
        #expect(trained.status == 0, "\(trained.error)")
        let attacked = try run(["privacy", "open", "--threads", "1"] + data)
        #expect(attacked.status == 0 && attacked.out.contains("members"), "\(attacked.out) \(attacked.error)")
        try writeEvents(from: 1_700_000_060)
        // Gaps and events are the same.
        #expect(try run(["privacy", "open", "--threads", "1", "--quiet"] + data).status == 0)
        try writeEvents(kinds: 1)
        let others = try run(["privacy", "open", "--threads", "1"] + data)
        #expect(others.status == 2 && others.error.contains("these are not the data"), "\(others.error)")
    }

    @Test("retraining of a model that reads moments sees that these changed, and one kind of event is told of")
    func retrainedMoments() throws {
        try writeEvents(kinds: 1)
        let data = ["--data", "did.csv"] + Self.columns
        let settings = ["--event-context", "gap,previous"]
        let trained = try train(data + settings, out: "first/told")
        #expect(
            trained.status == 0 && trained.error.contains("'kind-0', so 'previous' tells next to nothing"),
            "\(trained.error)"
        )
        #expect(try run("publish", "first/told", "--registry", "registry").status == 0)
        func digest() throws -> String? {
            let fixed = [
                "retrain", "told", "--registry", "registry", "--once", "--json", "--k-core", "1", "--width", "8",
            ]
            let output = try run(fixed + ["--epochs", "1", "--threads", "1"] + settings + data)
            #expect(output.status == 0, "\(output.error)")
            let record = try JSONDecoder().decode(RetrainingRecord.self, from: Data(output.out.utf8))
            if record.outcome == .published {
                #expect(try run("promote", "told", "--registry", "registry").status == 0)
            }
            return record.outcome == .unchanged ? nil : record.data
        }
        let first = try #require(try digest())
        #expect(try digest() == nil)
        try writeEvents(kinds: 1, from: 1_700_000_900)
        let second = try #require(try digest())
        #expect(second != first)
    }

    @Test("other events at evaluation and too many in training count as unknown, and are told of")
    func unknownEvents() throws {
        try writeEvents(kinds: 40)
        let data = ["--data", "did.csv"] + Self.columns
        let trained = try train(data + ["--event-context", "previous"], out: "many")
        #expect(
            trained.status == 0
                && trained.error.contains("the 32 most frequent are told apart as 'previous'; 4 others"),
            "\(trained.error)"
        )
        try writeEvents(kinds: 50)
        let measured = try run(["evaluate", "many"] + data)
        #expect(
            measured.status == 0 && measured.error.contains("is none of the tokens of 'previous'"),
            "\(measured.error)"
        )
    }

    @Test("what the data or the model cannot give is refused, with what to do")
    func eventContextRefusals() async throws {
        try writeEvents()
        let data = ["--data", "did.csv", "--user-column", "who", "--item-column", "what", "--time-column", "when"]
        let mute = try train(data + ["--event-context", "previous"], out: "x")
        #expect(
            mute.status == 2 && mute.error.contains("to read as context; name it with --event-column"),
            "\(mute.error)"
        )
        let untimed = try train(Array(data.dropLast()) + ["none", "--event-context", "gap"], out: "x")
        #expect(
            untimed.status == 2 && untimed.error.contains("name a column of times (--time-column)"),
            "\(untimed.error)"
        )
        let misspelled = try train(data + ["--event-context", "gaps"], out: "x")
        #expect(
            misspelled.status == 2 && misspelled.error.contains("use gap, hour, weekday, previous"),
            "\(misspelled.error)"
        )
        let own =
            #"{"name":"own","inputs":[{"name":"history","kind":"items","length":4},{"name":"candidate","kind":"item"}],"#
            + #""nodes":[{"name":"read","operation":"embedding","inputs":["history"],"table":"items","width":4},"#
            + #"{"name":"recent","operation":"last","inputs":["read"]},"#
            + #"{"name":"user","operation":"dense","inputs":["recent"],"units":4,"dynamic":true},"#
            + #"{"name":"target","operation":"embedding","inputs":["candidate"],"table":"items","width":4},"#
            + #"{"name":"score","operation":"dot","inputs":["user","target"]}],"output":"score"}"#
        try Data(own.utf8).write(to: folder.appendingPathComponent("own.json"))
        let unread = try train(data + ["--model", "own.json", "--event-context", "gap"], out: "x")
        #expect(unread.status == 2 && unread.error.contains("give it an input 'gap'"), "\(unread.error)")
        let store = try SQLiteEventStore(folder.appendingPathComponent("events.sqlite"), now: { 9 })
        for device in 0..<6 {
            let events = (0..<6).map { number in
                let item = "film-\((device * 5 + number) % 30)"
                return SampleEvents.Event(id: "event-\(1000 + number)", item: item, time: 3600 * number)
            }
            _ = try await store.append(EventMessage(device: "device-\(device)", model: "m", events: events))
        }
        for more in [
            ["--event-context", "previous"], ["--weights", "view=0.5"], ["--min-rating", "4"],
            ["--event-types", "buy"],
        ] {
            let shared = try train(["--data", "events:events.sqlite", "--min-devices", "1"] + more, out: "x")
            #expect(shared.status == 2 && shared.error.contains("has items and times alone"), "\(shared.error)")
        }
        let timed = try train(
            ["--data", "events:events.sqlite", "--min-devices", "1", "--event-context", "gap"],
            out: "x"
        )
        #expect(timed.status == 0, "\(timed.error)")
    }
}
