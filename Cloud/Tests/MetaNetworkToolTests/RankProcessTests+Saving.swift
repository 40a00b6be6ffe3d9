import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkServer

/// What training saves, when, and where.
extension RankProcessTests {
    /// What a checkpoint says, as far as tests ask.
    private struct Saved: Decodable {
        struct State: Decodable { let epoch, step, decays: Int }
        let state: State
    }

    private func saved(_ run: String) throws -> Saved.State {
        let file = try Data(contentsOf: folder.appendingPathComponent("\(run)/films.checkpoint"))
        let text = try SafeTensors.decode([UInt8](file), limits: .unlimited).metadata["checkpoint", default: ""]
        return try JSONDecoder().decode(Saved.self, from: Data(text.utf8)).state
    }

    /// A log whose epochs take a few seconds.
    func writeLongLog() throws {
        var lines = "who,what,when\n"
        for user in 0..<600 {
            for step in 0..<40 { lines += "u\(user),f\((user * 7 + step * (1 + user % 3)) % 60),\(step)\n" }
        }
        try Data(lines.utf8).write(to: folder.appendingPathComponent("long.csv"))
    }

    func wait(_ first: Rank, until isReached: () throws -> Bool) throws {
        while try !isReached() {
            try #require(first.process.isRunning, "training ended before it was disturbed: \(first.end().text)")
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    func isThere(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent(path).path)
    }

    @Test(
        "goes on within an epoch where it was saved on the way, with divided tables too, whichever rank is killed",
        arguments: ["long.csv", "large"]
    )
    func killedWithinEpoch(data: String) throws {
        try data == "large" ? writeLargeLog(users: 300) : writeLongLog()
        let batch = data == "large" ? "4" : "16"
        let own = ["--pieces", "4", "--batch", batch, "--checkpoint-every", "1s", "--out", "broken/films"]
        let ranks = try start(2, own + ["--epochs", "1"], data: data)
        try wait(ranks[0]) { isThere("broken/films.checkpoint") }
        kill(ranks[0].pid, SIGKILL)
        #expect(ranks[1].end().status == 75)
        let state = try saved("broken")
        #expect(try state.epoch == 0 && state.step > 0 && epochs("broken") == 0)
        let again = try start(3, own + ["--epochs", "1", "--resume"], data: data)
        try wait(again[0]) { try saved("broken").step > state.step }
        kill(again[2].pid, SIGKILL)
        for rank in [0, 1] {
            let (status, text) = again[rank].end()
            #expect(status == 75 && text.contains("films.checkpoint; start all ranks again") == (rank == 0), "\(text)")
        }
        let settings = ["--pieces", "4", "--batch", batch, "--epochs", "1"]
        let resumed = try version(1, "broken", data: data, settings + ["--resume"])
        #expect(try resumed == version(2, "whole", data: data, settings))
    }

    @Test("goes on in the second stage of a form whose base stays as it is, where a rank is killed in it")
    func killedInSecondStage() throws {
        try writeLongLog()
        let settings = ["--pieces", "2", "--epochs", "2", "--batch", "256", "--generator", "vector"]
        let ranks = try start(2, settings + ["--out", "broken/films"], data: "long.csv")
        try wait(ranks[0]) { isThere("broken/films.checkpoint") }
        #expect(isThere("broken/films.checkpoint.base"))
        kill(ranks[1].pid, SIGKILL)
        #expect(ranks[0].end().status == 75)
        let resumed = try version(3, "broken", data: "long.csv", settings + ["--resume-if-there"])
        #expect(try resumed == version(1, "whole", data: "long.csv", settings))
    }

    @Test("goes on with a smaller step on any number of ranks, and where one is killed after that")
    func decays() throws {
        let settings = [
            "--pieces", "3", "--epochs", "60", "--patience", "1", "--decays", "2", "--learning-rate", "0.03",
        ]
        let whole = try version(1, "whole", settings)
        #expect(try saved("whole").decays == 2)
        let ranks = try start(3, settings + ["--out", "broken/films"])
        try wait(ranks[0]) { try isThere("broken/films.checkpoint") && saved("broken").decays > 0 }
        kill(ranks[0].pid, SIGKILL)
        for rank in [1, 2] { #expect(ranks[rank].end().status == 75) }
        #expect(try version(2, "broken", settings + ["--resume"]) == whole)
    }

    /// A server that speaks S3, in this folder.
    func withSeaweed(
        _ body: (_ server: String, _ environment: (_ cache: String) -> [String: String]) throws -> Void
    ) throws {
        let server = folder.appendingPathComponent("s3").path
        let url = try SeaweedProcess.run(["start", server], in: folder)
        defer { _ = try? SeaweedProcess.run(["stop", server], in: folder) }
        try body(server) { cache in
            [
                "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "publisher",
                "AWS_SECRET_ACCESS_KEY": "secret-of-publisher",
                "XDG_CACHE_HOME": self.folder.appendingPathComponent(cache).path,
            ]
        }
    }

    private func ended(_ ranks: [Rank]) -> [(status: Int32, text: String)] { ranks.map { $0.end() } }

    @Test(
        "keeps its state in S3, from which any machine goes on, within an epoch and after it, and two runs do not write over each other",
        .enabled(if: SeaweedProcess.isInstalled, "make setup-tests")
    )
    func objects() throws {
        try writeLongLog()
        try withSeaweed { _, environment in
            let place = "s3://models/runs/films"
            let store = try S3Store(S3Address(place), environment: environment("look"))
            func record(of run: String) throws -> Data? {
                let store = try S3Store(S3Address("s3://models/runs/\(run)"), environment: environment("look"))
                guard case .contents(let data, _) = try Waiting.run({ try await store.get("state.json", unless: nil) })
                else { return nil }
                return data
            }
            /// The record, once it names a state.
            func record() throws -> Data? {
                try record(of: "films").flatMap { $0.range(of: Data("sha256".utf8)) == nil ? nil : $0 }
            }
            let settings = small + ["--data", "long.csv", "--pieces", "2", "--batch", "16"]
            let kept = ["--checkpoint", place, "--checkpoint-every", "1s"]
            func train(_ size: Int, _ out: String, _ more: [String] = [], key: [String: String] = [:]) throws -> [Rank]
            {
                let arguments = settings + ["--out", "\(out)/films"] + more
                return try launch(size, environment: environment(out).merging(key) { $1 }) { _ in arguments }
            }
            // Each start is on another machine: folder of the bundle and cache are others.
            let one = try train(2, "one", kept + ["--epochs", "2", "--resume-if-there"])
            try wait(one[0]) { try record() != nil }
            let first = try record()
            kill(one[0].pid, SIGKILL)
            #expect(one[1].end().status == 75)
            #expect(try epochs("one") == 0)
            let two = try train(1, "two", kept + ["--epochs", "2", "--resume"])
            try wait(two[0]) { try epochs("two") > 0 && record() != first }
            kill(two[0].pid, SIGKILL)
            let three = try train(2, "three", kept + ["--epochs", "2", "--resume-if-there"])
            for (status, text) in ended(three) { #expect(status == 0, "\(text)") }
            for (status, text) in ended(try train(1, "whole", ["--epochs", "2"])) { #expect(status == 0, "\(text)") }
            let manifests = try ["three", "whole"].map {
                try Data(contentsOf: folder.appendingPathComponent("\($0)/films/manifest.json"))
            }
            let versions = try manifests.map { try JSONDecoder().decode(BundleManifest.self, from: $0).version }
            #expect(versions[0] == versions[1])
            #expect(!isThere("three/films.checkpoint"))
            // What the killed runs left is gone: a record, and its one part.
            let keys = try Waiting.run { try await store.list("", isDeep: true).objects.map(\.key) }
            #expect(keys.count == 2 && keys.contains("state.json"), "\(keys)")

            // A form that trains its base first removes states of the stages before it.
            for form in ["residual", "vector"] {
                let other = ["--checkpoint", "s3://models/runs/\(form)", "--generator", form, "--epochs", "100"]
                let both = try ["four-\(form)", "five-\(form)"].map { try train(1, $0, other)[0] }
                while both.allSatisfy(\.process.isRunning) { Thread.sleep(forTimeInterval: 0.05) }
                let late = try #require(both.first { !$0.process.isRunning })
                let (status, text) = late.end()
                #expect(status == 2 && text.contains("was written by another run meanwhile"), "\(text)")
                for run in both where run.pid != late.pid {
                    #expect(run.process.isRunning)
                    kill(run.pid, SIGKILL)
                }
            }
            // One that was thought dead, and saves where another one goes on.
            let dead = try train(1, "dead", ["--checkpoint", "s3://models/runs/dead", "--epochs", "100"])[0]
            try wait(dead) { try epochs("dead") > 0 }
            kill(dead.pid, SIGSTOP)
            let left = try record(of: "dead")
            let next = try train(1, "next", ["--checkpoint", "s3://models/runs/dead", "--epochs", "100", "--resume"])[0]
            try wait(next) { try record(of: "dead") != left }
            kill(dead.pid, SIGCONT)
            let (status, text) = dead.end()
            #expect(status == 2 && text.contains("was written by another run meanwhile"), "\(text)")
            try wait(next) { try epochs("next") > 1 }
            // One that was started by mistake, for its settings are others.
            kill(next.pid, SIGSTOP)
            let seen = try epochs("next")
            let mistake = ["--checkpoint", "s3://models/runs/dead", "--epochs", "100", "--learning-rate", "0.5"]
            for (status, text) in ended(try train(1, "mistake", mistake + ["--resume-if-there"])) {
                #expect(status == 2 && text.contains("was made with other settings"), "\(text)")
            }
            kill(next.pid, SIGCONT)
            try wait(next) { try epochs("next") > seen + 2 }
            kill(next.pid, SIGKILL)
            for (more, key, message) in [
                (["--checkpoint", "s3://nothing/runs"], [:], "there is no bucket 'nothing'"),
                (
                    ["--checkpoint", place],
                    ["AWS_ACCESS_KEY_ID": "replica", "AWS_SECRET_ACCESS_KEY": "secret-of-replica"],
                    "give them s3:PutObject on arn:aws:s3:::models/runs/films/*"
                ),
                (["--checkpoint", place], ["AWS_SECRET_ACCESS_KEY": "hush-hush"], "correct AWS_SECRET_ACCESS_KEY"),
                (["--checkpoint", "s4://models/runs"], [:], "give a file, or s3://BUCKET/PREFIX"),
            ] {
                let (status, text) = ended(try train(1, "refused", more + ["--epochs", "1"], key: key))[0]
                #expect(status == 2 && text.contains(message) && !text.contains("hush-hush"), "\(text)")
            }
        }
    }

    @Test(
        "asks the first rank alone where its state is: the others need no place, and no keys",
        .enabled(if: SeaweedProcess.isInstalled, "make setup-tests")
    )
    func firstRankAlone() throws {
        try withSeaweed { _, environment in
            for settings in [
                small + ["--data", "log.csv", "--epochs", "1", "--resume-if-there"],
                ["federate", "--data", "synthetic", "--devices", "12", "--model", "linear", "--at-once", "6"]
                    + ["--threads", "1", "--rounds", "3", "--resume-if-there"],
            ] {
                let place = "s3://models/runs/\(settings[0])"
                for (first, other) in [([place], []), (["\(settings[0]).state"], [place]), ([place], [place])] {
                    let ranks = try launch(2, by: { $0 == 0 ? environment("first").map { "\($0)=\($1)" } : [] }) {
                        let own = ($0 == 0 ? first : other).flatMap { ["--checkpoint", $0] }
                        return settings + ["--rank-timeout", "10", "--out", "alone/\(settings[0])"] + own
                    }
                    expect(0, ranks)
                }
            }
        }
    }

    @Test("says before it trains that its state cannot be kept in a folder, or without a bundle")
    func noPlace() throws {
        let folder = folder.appendingPathComponent("folder")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let ranks = try start(1, ["--epochs", "1", "--out", "none/films", "--checkpoint", "folder"])
        let (status, text) = ranks[0].end()
        #expect(status == 1 && text.contains("/folder: it is a folder; give a file in it"), "\(text)")
        #expect(!isThere("none/films.log.jsonl"))
        for method in ["fedavg", "coded", "split-gan"] {
            let arguments = ["federate", "--data", "synthetic", "--method", method, "--checkpoint", "state"]
            let (status, text) = try launch(1) { _ in arguments }[0].end()
            #expect(status == 2 && text.contains("give the --out of the run, or leave out --checkpoint"), "\(text)")
        }
    }

    @Test(
        "waits for a first rank that saves for longer than ranks wait for one another, while S3 is away, and ends where it is killed in that",
        .enabled(if: SeaweedProcess.isInstalled, "make setup-tests")
    )
    func slowStore() throws {
        try writeLongLog()
        try withSeaweed { server, environment in
            let settings =
                small + ["--data", "long.csv", "--batch", "512", "--epochs", "2", "--rank-timeout", "2"]
                + ["--checkpoint", "s3://models/runs/slow"]
            func train(_ out: String) throws -> [Rank] {
                try launch(2, environment: environment(out)) { _ in settings + ["--out", "\(out)/films"] }
            }
            let ranks = try train("slow")
            // It has looked at the store, and trains.
            try wait(ranks[0]) { isThere("slow/films.log.jsonl") }
            _ = try SeaweedProcess.run(["stop", server], in: folder)
            Thread.sleep(forTimeInterval: 12)
            let areThere = ranks.allSatisfy { $0.process.isRunning }
            #expect(areThere, "they wait for the first one, which waits for the store")
            #expect(try epochs("slow") == 0, "an epoch is told once it is saved")
            _ = try SeaweedProcess.run(["start", server], in: folder)
            for (status, text) in ended(ranks) { #expect(status == 0, "\(text)") }
            #expect(try epochs("slow") == 2)

            let again = try train("again")
            try wait(again[0]) { isThere("again/films.log.jsonl") }
            _ = try SeaweedProcess.run(["stop", server], in: folder)
            Thread.sleep(forTimeInterval: 8)
            kill(again[0].pid, SIGKILL)
            let (status, text) = again[1].end()
            #expect(status == 75 && text.contains("rank 1 lost rank 0"), "\(text)")
            _ = try SeaweedProcess.run(["start", server], in: folder)
        }
    }

    @Test(
        "has a simulation of devices go on from S3",
        .enabled(if: SeaweedProcess.isInstalled, "make setup-tests")
    )
    func federatedObjects() throws {
        try withSeaweed { _, environment in
            func run(_ size: Int, _ out: String, _ more: [String]) throws -> String {
                let arguments =
                    ["federate", "--data", "synthetic", "--devices", "12", "--model", "linear", "--at-once", "6"]
                    + ["--threads", "1", "--out", "\(out)/devices"] + more
                expect(0, try launch(size, environment: environment(out)) { _ in arguments })
                let manifest = try Data(contentsOf: folder.appendingPathComponent("\(out)/devices/manifest.json"))
                return try JSONDecoder().decode(BundleManifest.self, from: manifest).version
            }
            let kept = ["--checkpoint", "s3://models/runs/devices"]
            _ = try run(2, "one", kept + ["--rounds", "3"])
            let resumed = try run(1, "two", kept + ["--rounds", "6", "--resume"])
            #expect(try resumed == run(1, "whole", ["--rounds", "6"]))
        }
    }
}
