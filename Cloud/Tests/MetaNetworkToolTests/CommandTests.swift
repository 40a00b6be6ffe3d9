import Foundation
import MetaNetwork
import MetaNetworkExperiments
import MetaNetworkServing
import Testing

@testable import MetaNetworkServer
@testable import metanetwork

/// The tool as a user runs it: the built executable, on a small made-up log.
@Suite("The tool", .serialized)
final class CommandTests {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var lines = "who,what,when\n"
        for user in 0..<30 {
            for step in 0..<20 { lines += "user \(user),film-\((user * 7 + step * (1 + user % 3)) % 140),\(step)\n" }
        }
        try Data(lines.utf8).write(to: folder.appendingPathComponent("log.csv"))
        try PublisherKey().write(to: folder.appendingPathComponent("publisher"))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    struct Output {
        let status: Int32
        let out: String
        let error: String
    }

    /// The tool lies beside the test bundle.
    static let tool: URL = {
        #if os(macOS)
        let products = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
            .deletingLastPathComponent()
        return (products ?? URL(fileURLWithPath: ".")).appendingPathComponent("metanetwork")
        #else
        return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(
            "metanetwork"
        )
        #endif
    }()

    func start(_ arguments: [String], environment: [String: String] = [:]) throws -> (Process, Pipe, Pipe) {
        let process = Process()
        process.executableURL = Self.tool
        process.arguments = arguments
        process.currentDirectoryURL = folder
        // What is published is signed, as everywhere where devices are told models from forged ones.
        process.environment = ProcessInfo.processInfo.environment.merging(["METANETWORK_PUBLISHER_KEY": "publisher"]) {
            $1
        }
        .merging(environment) { $1 }
        let (out, error) = (Pipe(), Pipe())
        process.standardOutput = out
        process.standardError = error
        try process.run()
        // A tool that hangs fails its test and not all others with it.
        DispatchQueue.global().asyncAfter(deadline: .now() + 180) {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        return (process, out, error)
    }

    func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Output {
        try run(arguments, environment: environment)
    }

    func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Output {
        let (process, out, error) = try start(arguments, environment: environment)
        let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Output(status: process.terminationStatus, out: text, error: complaint)
    }

    private let data = [
        "--data", "log.csv", "--user-column", "who", "--item-column", "what", "--time-column", "when", "--k-core", "1",
    ]

    @Test("trains, evaluates to the same numbers, inspects, and prints one JSON object and nothing else")
    func wholeWay() throws {
        let small = [
            "--generator", "residual", "--width", "8", "--epochs", "2", "--batch", "128", "--threads", "1", "--out",
            "bundle", "--json",
        ]
        let (process, out, error) = try start(["train"] + data + small)
        let text = out.fileHandleForReading.readDataToEndOfFile()
        #expect(error.fileHandleForReading.readDataToEndOfFile().isEmpty)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        struct Trained: Decodable {
            let version: String
            let run: Run
        }
        let trained = try JSONDecoder().decode(Trained.self, from: text)
        #expect(trained.run.model == "bag" && trained.run.method.name == "residual")
        #expect(trained.run.metrics["training"]?["epochs"] == 2)
        let (again, printed, _) = try start(["evaluate", "bundle"] + data + ["--json", "--threads", "1"])
        let measured = try JSONDecoder().decode(
            Run.self,
            from: printed.fileHandleForReading.readDataToEndOfFile()
        )
        again.waitUntilExit()
        for (name, value) in try #require(trained.run.metrics["sampled"]) {
            #expect(abs(value - (measured.metrics["sampled"]?[name] ?? .nan)) < 1e-4)
        }
        #expect(measured.method.name == "residual" && measured.metrics["training"]?["epochs"] == 2)
        #expect(try #require(measured.metrics["training"]?["seconds"]) > 0)
        let manifest = try run("inspect", "bundle", "--json")
        #expect(try JSONDecoder().decode(BundleManifest.self, from: Data(manifest.out.utf8)).version == trained.version)
        #expect(try run("inspect", "bundle").out.contains("* correction = dense(hidden) [8]"))
        try checkPayloads(measured)
        try checkRanking()
        try checkService(trained.version)
        try checkSimulation(measured)
    }

    /// Devices that refresh before each ranking do as well as the evaluation says; those that are cut off no worse than the base.
    private func checkSimulation(_ expected: Run) throws {
        func simulate(_ options: [String]) throws -> ExperimentResult {
            let output = try run(["simulate", "--registry", "registry", "--json"] + data + options)
            #expect(output.status == 0, "\(output.error)")
            return try JSONDecoder().decode(ExperimentResult.self, from: Data(output.out.utf8))
        }
        func facts(_ result: ExperimentResult) -> [Int] { result.data.facts.map(\.count) }
        let exact = try simulate(["--policies", "every-1,never", "--payload", "f32"])
        #expect(exact.methods.map(\.name) == ["base", "every-1", "never"] && facts(exact) == [30, 60, 2])
        let (every, never) = (try #require(exact.method("every-1")), try #require(exact.method("never")))
        let base = try #require(exact.method("base"))
        #expect(every.metrics["sampled"]?["personal-share"]?.mean == 1)
        #expect(try #require(every.cost["refreshes"]) >= 2 && every.cost["failures"] == 0)
        for (name, value) in try #require(expected.metrics["sampled"]) {
            #expect(abs((exact.statistic("every-1", "sampled", name)?.mean ?? .nan) - value) < 1e-4, "\(name)")
        }
        var unpersonal = try #require(never.metrics["sampled"])
        for share in ["personal-share", "guarded-share", "retired-share"] {
            #expect(unpersonal.removeValue(forKey: share)?.mean == 0, "\(share)")
        }
        #expect(unpersonal == base.metrics["sampled"])
        let own = try simulate(["--policies", "fine-tune-3,every-5,never", "--devices", "10"])
        let (learning, asking) = (try #require(own.method("fine-tune-3")), try #require(own.method("every-5")))
        #expect(learning.cost["refreshes"] == 0 && learning.cost["bytesDown"] ?? 0 < asking.cost["bytesDown"] ?? 0)
        #expect(try #require(learning.cost["deviceSteps"]) >= 3 && #require(learning.cost["learningSeconds"]) > 0)
        #expect(asking.cost["deviceMultiplyAdds"] == 0 && learning.cost["deviceMultiplyAdds"] ?? 0 > 0)
        #expect(learning.metrics["sampled"]?["auc"] != nil)
        let harsh = [
            "--packet-loss", "30%", "--offline", "30%", "--restarts", "2", "--devices", "99", "--share-samples",
        ]
        let broken = try simulate(
            harsh + ["--events", "events.sqlite", "--policies", "every-1", "--upload", "embeddings"]
        )
        let policy = try #require(broken.method("every-1"))
        let share = try #require(policy.metrics["sampled"]?["personal-share"]?.mean)
        #expect(facts(broken)[0] == 30 && (0.2..<1).contains(share))
        #expect(try #require(policy.cost["failures (lost)"]) > 0 && #require(policy.cost["failures (offline)"]) > 0)
        #expect(try SQLiteEventStore(folder.appendingPathComponent("events.sqlite")).count() > 0)
        let page = try run(
            ["simulate", "--registry", "registry", "--restarts", "1", "--server", "http://localhost:1"] + data
        )
        #expect(page.status == 64)
        let nobody = try run(["simulate", "--server", "http://127.0.0.1:1"] + data)
        #expect(nobody.status == 2 && nobody.error.contains("does not answer"))
    }

    /// The bundle is published, served over HTTP, and the service ends when it is asked to.
    private func checkService(_ version: String) throws {
        #expect(try run("publish", "bundle", "--registry", "registry").out.contains("current"))
        #expect(try run("list", "--registry", "registry", "--json").out.contains(version))
        #expect(try run("promote", "bundle", "--registry", "registry").status == 2)
        #expect(try run("list", "--registry", "registry", "--history").out.contains("publish \(version.prefix(16))"))
        for options in [[], ["--to", "0123"], ["--to", version]] {
            #expect(
                try run(["rollback", "bundle", "--registry", "registry"] + options).status == 2,
                "there is one version"
            )
        }
        #expect(try run("check-bundle", "bundle").status == 0)
        #expect(try run("check-bundle", "registry").status == 2, "that is no bundle")
        #expect(try run("serve", "--registry", "registry").status == 2, "without app keys")
        let arguments = ["--insecure", "--port", "0", "--admin-port", "0", "--drain-delay", "0"]
        let (service, out, _) = try start(["serve", "--registry", "registry"] + arguments)
        let greeting = String(decoding: out.fileHandleForReading.availableData, as: UTF8.self)
        let address = try #require(greeting.split(separator: "\n").first?.split(separator: " ").last)
        let request = #"{"version":"\#(version)","samples":["film-1"],"nonce":"12345678","format":"f32"}"#
        let curl = Process()
        curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        curl.arguments = ["curl", "-s", "--max-time", "60", "\(address)/v1/models/bundle/parameters", "-d", request]
        let answer = Pipe()
        curl.standardOutput = answer
        try curl.run()
        let bytes = answer.fileHandleForReading.readDataToEndOfFile()
        service.terminate()
        service.waitUntilExit()
        #expect(service.terminationStatus == 0)
        let served = try Data(contentsOf: folder.appendingPathComponent("registry/bundle/served.json"))
        #expect(try JSONDecoder().decode([String: VersionHealth].self, from: served)[version]?.isGood == true)
        let (weights, metadata) = try SafeTensors.decode([UInt8](bytes))
        #expect(weights["correction.weight"]?.shape == [8, 8])
        #expect(ParametersMetadata(metadata)?.version == version)
    }

    @Test("learns from the samples that devices shared with the service")
    func events() async throws {
        let file = folder.appendingPathComponent("shared.sqlite")
        let store = try SQLiteEventStore(file)
        let small = ["--k-core", "1", "--width", "8", "--epochs", "1", "--threads", "1", "--quiet", "--out", "next"]
        func train(_ options: String...) throws -> Output {
            try run(["train", "--data", "events:shared.sqlite"] + options + small)
        }
        let empty = try train()
        #expect(empty.status == 2 && empty.error.contains("has no event yet"))
        for device in 0..<30 {
            let events = (0..<20).map {
                SampleEvents.Event(id: "event-\($0)", item: "film-\((device * 7 + $0) % 140)", time: $0)
            }
            _ = try await store.append(EventMessage(device: "device-\(device)", model: "movies", events: events))
        }
        // Its id would reach every device.
        let secret = SampleEvents.Event(id: "event-20", item: "letter to my doctor", time: 20)
        _ = try await store.append(EventMessage(device: "device-0", model: "movies", events: [secret]))
        let rare = try train()
        #expect(rare.status == 2 && rare.error.contains("has samples of 30 devices and no item of 'movies' that 20"))
        let trained = try run(
            ["train", "--data", "events:\(file.path)", "--min-devices", "2", "--tensorboard", "board"]
                + small.filter { $0 != "--quiet" && $0 != "next" } + [folder.appendingPathComponent("next").path]
        )
        #expect(trained.status == 0 && trained.error.contains("1 items that fewer than 2 devices"), "\(trained.error)")
        try checkSilence(of: ["letter to my doctor", "device-1"])
        let manifest = try run("inspect", "next", "--json")
        #expect(try JSONDecoder().decode(BundleManifest.self, from: Data(manifest.out.utf8)).items == 140)
        let vocabulary = try String(contentsOf: folder.appendingPathComponent("next/vocabulary.tsv"), encoding: .utf8)
        #expect(vocabulary.contains("film-1") && !vocabulary.contains("letter"))
        let book = SampleEvents.Event(id: "12345678", item: "x", time: 1)
        _ = try await store.append(EventMessage(device: "a", model: "books", events: [book]))
        for options in [[], ["--events-model", "music"]] {
            let refused = try run(["train", "--data", "events:shared.sqlite"] + options + small)
            #expect(refused.status == 2 && refused.error.contains("books, movies; name one with --events-model"))
        }
        #expect(try train("--events-model", "movies", "--min-devices", "2").status == 0)
    }

    /// Nothing that training wrote has one of some words, and nothing that devices fetch says where and by whom it was trained.
    private func checkSilence(of words: [String]) throws {
        let files = FileManager.default
        let written = try files.subpathsOfDirectory(atPath: folder.path).filter {
            $0.hasPrefix("next") || $0.hasPrefix("board")
        }
        #expect(written.contains("next/vocabulary.tsv") && written.contains { $0.hasPrefix("board/") })
        for path in written {
            let contents = try? Data(contentsOf: folder.appendingPathComponent(path))
            for word in words { #expect(contents?.range(of: Data(word.utf8)) == nil, "\(path) has '\(word)'") }
        }
        let bundle = folder.appendingPathComponent("next")
        let manifest = try JSONDecoder().decode(
            BundleManifest.self,
            from: Data(contentsOf: bundle.appendingPathComponent(BundleLayout.manifest))
        )
        // The last part of the path is enough: somebody may see what is not the whole of it.
        let operators = [
            folder.lastPathComponent, "shared.sqlite", "events:", "tensorboard", ProcessInfo.processInfo.hostName,
        ]
        for name in [BundleLayout.manifest] + manifest.files.keys {
            let contents = try Data(contentsOf: bundle.appendingPathComponent(name))
            for word in operators where word.utf8.count > 5 {
                #expect(contents.range(of: Data(word.utf8)) == nil, "\(name) has '\(word)'")
            }
        }
    }

    /// The device's own runtime measures what LibTorch does; what travels in fewer bits is close.
    private func checkPayloads(_ expected: Run) throws {
        struct Measured: Decodable {
            struct Payload: Decodable {
                let format: String
                let metrics: [String: Double]
                let bytes: Int
                let largestError: Float
            }
            let payloads: [Payload]
        }
        let (process, out, _) = try start(["evaluate", "bundle"] + data + ["--payloads", "--json", "--threads", "1"])
        let payloads = try JSONDecoder().decode(Measured.self, from: out.fileHandleForReading.readDataToEndOfFile())
            .payloads
        process.waitUntilExit()
        #expect(payloads.map(\.format) == ["f32", "f16", "int8"])
        #expect(payloads[1].bytes < payloads[0].bytes && payloads[2].bytes < payloads[0].bytes)
        for payload in payloads {
            let difference = abs((payload.metrics["auc"] ?? .nan) - (expected.metrics["sampled"]?["auc"] ?? .nan))
            #expect(difference < (payload.format == "f32" ? 1e-5 : 1e-3), "\(payload.format): \(difference)")
        }
        #expect(payloads[0].largestError == 0 && payloads[2].largestError > payloads[1].largestError)
    }

    private func checkRanking() throws {
        let titles = "item_id,title\nfilm-1,One\nfilm-2,\"Two, too\"\n"
        try Data(titles.utf8).write(to: folder.appendingPathComponent("titles.csv"))
        let history = "film-1, film-2,no-such-film"
        let text = try run("rank", "bundle", "--history", history, "--items", "titles.csv", "--top", "3")
        #expect(text.status == 0 && text.out.contains("history: One (film-1), Two, too (film-2)"))
        #expect(text.error.contains("no-such-film") && text.out.contains("personal"))
        #expect(text.out.split(separator: "\n").count == 5)
        let json = try run("rank", "bundle", "--history", history, "--top", "1000", "--json")
        struct Lists: Decodable {
            struct Entry: Decodable { let item: String }
            let base: [Entry]
            let personal: [Entry]
            let unknown: [String]
        }
        let lists = try JSONDecoder().decode(Lists.self, from: Data(json.out.utf8))
        #expect(lists.unknown == ["no-such-film"])
        #expect(Set(lists.base.map(\.item)) == Set(lists.personal.map(\.item)))
        #expect(!lists.base.map(\.item).contains("film-1"))
        #expect(try run("rank", "bundle", "--history", "film-1", "--items", "log.csv").status == 2)
    }

    @Test("an architecture file, a configuration file and the environment set what flags do not")
    func layers() throws {
        let tiny = Architecture(
            name: "tiny",
            inputs: [.init(name: "history", kind: .items, length: 5), .init(name: "candidate", kind: .item)],
            nodes: [
                .init("items", .embedding(table: "items", width: 8), "history"),
                .init("recent", .last, "items"),
                .init("user", .dense(units: 8, dynamic: true), "recent"),
                .init("target", .embedding(table: "items", width: 8), "candidate"),
                .init("score", .dot, "user", "target"),
            ],
            output: "score"
        )
        try JSONEncoder().encode(tiny).write(to: folder.appendingPathComponent("tiny.json"))
        let settings = "model: tiny.json\nepochs: 7\nbatch: 64\ndata: log.csv\nuser-column: who\nitem-column: what\n"
        try Data((settings + "time-column: when\nk-core: 1\n").utf8).write(to: folder.appendingPathComponent("c.yaml"))
        let output = try run(
            "train",
            "--config",
            "c.yaml",
            "--generator",
            "residual",
            "--batch",
            "128",
            "--out",
            "b",
            "--quiet",
            "--threads",
            "1",
            environment: ["METANETWORK_EPOCHS": "1", "METANETWORK_BATCH": "32"]
        )
        #expect(output.status == 0, "\(output.error)")
        let manifest = try JSONDecoder().decode(
            BundleManifest.self,
            from: Data(contentsOf: folder.appendingPathComponent("b/manifest.json"))
        )
        #expect(manifest.architecture == tiny)
        let provenance = try JSONDecoder().decode(
            BundleProvenance.self,
            from: Data(contentsOf: folder.appendingPathComponent("b/provenance.json"))
        )
        #expect(provenance.training["epochs"] == "1" && provenance.training["batch"] == "128")
    }

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

    @Test("Ctrl-C saves a checkpoint and exits 130; --resume goes on to the end")
    func interrupt() throws {
        let arguments =
            ["train"] + data + ["--width", "8", "--epochs", "400", "--patience", "0", "--threads", "1", "--out", "b"]
        let (process, _, error) = try start(arguments)
        // The first epoch's line says that training is under way.
        let first = error.fileHandleForReading.availableData
        #expect(!first.isEmpty)
        process.interrupt()
        let rest = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        #expect(rest.contains("go on with --resume"))
        // Of the base, which is trained first.
        let checkpoint = folder.appendingPathComponent("b.checkpoint.base")
        #expect(FileManager.default.fileExists(atPath: checkpoint.path))
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("b").path))
        let resumed = try start(arguments + ["--resume", "--epochs", "3"]).0
        resumed.waitUntilExit()
        #expect(resumed.terminationStatus == 0)
    }

    @Test("bad data and configuration exit 2, failures 1, usage 64; nothing is left behind")
    func statuses() throws {
        #expect(try run("train", "--data", "missing.csv", "--out", "b").status == 2)
        #expect(try run("train", "--data", "log.csv", "--out", "b").status == 2)
        #expect(try run("train", "--data", "log.csv", "--out", "b", "--window", "0").status == 2)
        #expect(try run("train", "--epochs", "many").status == 64)
        #expect(try run("nonsense").status == 64)
        let near = try run("data", "chek", "log.csv")
        #expect(near.status == 64 && near.error.contains("did you mean 'data check'?"), "\(near.error)")
        let begun = try run()
        #expect(begun.status == 0 && begun.out.contains("Next:  metanetwork data fetch ml-100k\n"))
        #expect(try run("evaluate", ".", "--data", "log.csv").status == 2)
        #expect(try run("--version").out == "\(Release.text)\n")
        let (process, _, _) = try start(["train"] + data + ["--epochs", "1", "--out", "/proc/nowhere/b"])
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["log.csv", "publisher"])
    }

    @Test("a check lists every malformed line on standard output and exits 2")
    func check() throws {
        try Data("user,item,time\na,b,x\na,c,1\na,,2\n".utf8).write(to: folder.appendingPathComponent("bad.csv"))
        let output = try run("data", "check", "bad.csv")
        #expect(output.status == 2)
        #expect(output.out.contains("line 2, column 3") && output.out.contains("line 4, column 2"))
    }
}
