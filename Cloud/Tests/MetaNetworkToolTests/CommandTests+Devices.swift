import Foundation
import MetaNetwork
import MetaNetworkExperiments
import MetaNetworkServer
import Testing

/// Models over vectors, as a user runs them.
extension CommandTests {
    /// Readings whose class is whether they lie above what their device reads on average.
    private func writeReadings(of each: Int = 24) throws {
        var random = SystemRandomNumberGenerator()
        var text = "device,reading,class\n"
        for device in 0..<20 {
            let offset = Double.random(in: -5...5, using: &random)
            for _ in 0..<each {
                let value = Double.random(in: -1...1, using: &random)
                text += "d\(device),\(offset + value),\(value > 0 ? "above" : "below")\n"
            }
        }
        try Data(text.utf8).write(to: folder.appendingPathComponent("readings.csv"))
        let model = Architecture(
            name: "level",
            inputs: [.vector("reading", width: 1)],
            nodes: [
                .init("whitened", .standardize, "reading"),
                .init("features", .dense(units: 6, activation: .tanh), "whitened"),
                .init("logits", .dense(units: 2, dynamic: true), "features"),
            ],
            output: "logits",
            sample: "features"
        )
        try JSONEncoder().encode(model).write(to: folder.appendingPathComponent("level.json"))
    }

    private var readings: [String] {
        ["--task", "classification", "--data", "readings.csv", "--generator-window", "6", "--threads", "1"]
    }

    @Test("a model over vectors gets a gate where wearers have samples enough; where not, that is said before training")
    func vectorGate() throws {
        let model = ["--model", "level.json", "--epochs", "2", "--out", "gated"]
        let arguments = ["train"] + readings + model + ["--gate", "intellectreq"]
        try writeReadings()
        let few = try run(arguments)
        #expect(few.status == 2 && few.error.contains("each with 25 examples of one device"), "\(few.error)")
        try writeReadings(of: 50)
        let trained = try run(arguments)
        #expect(trained.status == 0, "\(trained.error)")
        #expect(try run("inspect", "gated").out.contains("intellectreq"))
    }

    @Test("devices learn without gathering data: the same bundle on one thread and two, with bytes, seconds and a page")
    func federated() throws {
        try writeReadings()
        let data = ["federate", "--data", "readings.csv", "--rounds", "4", "--at-once", "5", "--model", "mlp-4"]
        struct Cost: Decodable {
            let methods: [Method]
            struct Method: Decodable {
                let cost: [String: Double]
                let metrics: [String: [String: Statistic]]
            }
        }
        func federate(_ arguments: [String]) throws -> [String: Double] {
            let done = try run(data + arguments + ["--json"])
            #expect(done.status == 0, "\(done.error)")
            return try #require(JSONDecoder().decode(Cost.self, from: Data(done.out.utf8)).methods.first).cost
        }
        let one = try federate(["--threads", "1", "--out", "one"])
        let two = try federate(["--threads", "2", "--out", "two/one"])
        #expect(one == two)
        func version(_ bundle: String) throws -> String {
            try #require(try run("inspect", bundle).out.split(separator: "\n").first.map(String.init))
        }
        #expect(try version("one") == version("two/one"))
        // 18 parameters of 4 bytes in 20 turns.
        #expect(one["bytesUp"] == 1440.0 && one["bytesDown"] == one["bytesUp"] && one["parameters"] == 18.0)
        let folb = try federate(["--method", "folb"])
        #expect(folb["bytesUp"] == 2880.0)
        let few = try federate([
            "--method", "teasq-fed", "--cache", "5", "--speeds", "pareto-1", "--uplink", "1", "--report", "page",
        ])
        #expect(try #require(few["simulatedSeconds"]) > 0)
        #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("page/report.html").path))
        #expect(try run("publish", "one", "--registry", "registry").status == 0)
        for (arguments, expected) in [
            (["--at-once", "50"], "20 have examples"), (["--model", "deep"], "mlp-N"),
            (["--method", "teasq-fed", "--bits", "12"], "1 to 8 bits"),
            (["--speeds", "fast"], "pareto-SHAPE"), (["--model", "cnn"], "holds none"),
        ] {
            let refused = try run(data + arguments)
            #expect(refused.status == 2 && refused.error.contains(expected), "\(refused.error)")
        }
    }

    @Test("federate has devices share rows, says what that takes and draws a map, and makes no bundle of it")
    func sharedRows() throws {
        let lines = (0..<60).map { line in (0..<5).map { "\((line * ($0 + 3)) % 11)" }.joined(separator: ",") }
        let text = "a,b,c,d,e\n" + lines.joined(separator: "\n")
        try Data(text.utf8).write(to: folder.appendingPathComponent("series.csv"))
        try Data("from,to\na,b\nb,c\n".utf8).write(to: folder.appendingPathComponent("links.csv"))
        let data = [
            "federate", "--data", "series.csv", "--ahead", "1", "--lags", "2", "--graph", "links.csv", "--model",
            "linear",
            "--speeds", "exponential-2", "--local-rate", "0.05", "--rounds", "6", "--method", "coded",
        ]
        let done = try run(data + ["--code-rate", "0.2", "--report", "page"])
        #expect(done.status == 0 && done.out.contains("above least squares"), "\(done.out)\(done.error)")
        #expect(done.out.contains("without a link   2 devices") && done.out.contains("code rate        0.2"))
        let page = try String(contentsOf: folder.appendingPathComponent("page/report.html"), encoding: .utf8)
        #expect(page.contains("Devices, links and loads"))
        for (arguments, expected) in [
            (["--out", "bundle"], "no bundle is made"), (["--model", "mlp-4"], "give --model linear"),
            (["--method", "fedavg"], "methods that share rows foresee"), (["--code-rate", "2"], "'code-rate' is '2'"),
            (["--graph", "series.csv"], "61 lines"), (["--drop-out", "0.1"], "wait for all devices"),
        ] {
            let refused = try run(data + arguments)
            #expect(refused.status == 2 && refused.error.contains(expected), "\(refused.error)")
        }
    }

    @Test("federate states ε of a device, in the page, the bundle and --json, and --resume goes on where a run ended")
    func privateAndResumed() throws {
        try writeReadings()
        let data = [
            "federate", "--data", "readings.csv", "--at-once", "5", "--model", "mlp-4", "--clip", "1", "--noise", "1",
        ]
        let stated = try run(data + ["--rounds", "4", "--out", "one", "--report", "page"])
        #expect(stated.status == 0 && stated.out.contains("of a device at δ"), "\(stated.out)\(stated.error)")
        #expect(try run("inspect", "one").out.contains("epsilon"))
        #expect(
            try String(contentsOf: folder.appendingPathComponent("page/report.html"), encoding: .utf8).contains(
                "Privacy of a device, ε"
            )
        )
        #expect(try run(data + ["--rounds", "4", "--json"]).out.contains("\"epsilon\""))
        let unprotected = try run(data.dropLast(2) + ["--rounds", "2"])
        #expect(unprotected.out.contains("ε ∞"), "\(unprotected.out)\(unprotected.error)")
        let checkpoint = folder.appendingPathComponent("one.checkpoint")
        try FileManager.default.moveItem(at: checkpoint, to: folder.appendingPathComponent("more.checkpoint"))
        let whole = try run(data + ["--rounds", "9", "--out", "whole/more"])
        let resumed = try run(data + ["--rounds", "9", "--resume", "--out", "more"])
        #expect(whole.status == 0 && resumed.status == 0, "\(resumed.error)")
        let versions = try ["whole/more", "more"].map { try run("inspect", $0).out.split(separator: "\n").first }
        #expect(versions[0] != nil && versions[0] == versions[1])
        for (arguments, expected) in [
            (["--resume"], "--out"), (["--resume", "--out", "none"], "none.checkpoint"),
            (["--resume", "--out", "more.new"], "more.new.checkpoint"),
        ] {
            let refused = try run(data + arguments)
            #expect(refused.status != 0 && refused.error.contains(expected), "\(refused.error)")
        }
        let other = try run(data + ["--rounds", "9", "--resume", "--out", "more", "--local-rate", "0.5"])
        #expect(other.status == 2, "\(other.error)")
    }

    @Test(
        "users and speakers are devices, too: rankings and text are learned where they are, and their bundles are published"
    )
    func federatedChoices() throws {
        let columns = ["--user-column", "who", "--item-column", "what", "--time-column", "when", "--k-core", "1"]
        let ranked =
            ["federate", "--data", "log.csv", "--kind", "ranking", "--rounds", "2", "--at-once", "5", "--width", "8"]
            + columns
        let films = try run(ranked + ["--split", "leave-one-out", "--out", "films", "--report", "page"])
        #expect(films.status == 0 && films.out.contains("NDCG@10"), "\(films.out)\(films.error)")
        #expect(films.out.contains("each user's last interaction is test"))
        #expect(try run("inspect", "films").out.contains("ndcg@10"))
        #expect(try run("publish", "films", "--registry", "registry").status == 0)
        let play = (0..<12).map { "\(["Anna", "Ben", "Cleo"][$0 % 3]):\nto be or not to be, number \($0)\n" }
        try Data(play.joined(separator: "\n").utf8).write(to: folder.appendingPathComponent("play.txt"))
        let spoken = ["federate", "--data", "play.txt", "--kind", "text", "--min-characters", "50", "--at-once", "2"]
        let text = try run(spoken + ["--rounds", "2", "--width", "8", "--window", "6", "--out", "play", "--json"])
        #expect(text.status == 0 && text.out.contains("\"logloss\""), "\(text.error)")
        #expect(try run("publish", "play", "--registry", "registry").status == 0)
        for (arguments, expected) in [
            (ranked + ["--model", "mlp-8"], "sasrec"), (ranked + ["--model", "cnn"], "ranks no items"),
            (spoken + ["--min-characters", "5000"], "two are needed"),
            (spoken + ["--split", "global-time"], "last-tenth"),
            (["federate", "--data", "log.csv", "--kind", "text"], "colon"),
        ] {
            let refused = try run(arguments)
            #expect(refused.status == 2 && refused.error.contains(expected), "\(refused.error)")
        }
    }

    @Test("a model of several inputs trains, is shown, published, exported and served; an input may be missing")
    func severalInputs() throws {
        try writeReadings()
        let lines = try String(contentsOf: folder.appendingPathComponent("readings.csv"), encoding: .utf8).split(
            separator: "\n"
        )
        let table = lines.enumerated().map { number, line in
            guard number > 0 else { return "\(line),noise,arm" }
            return "\(line),\(number % 3 == 0 ? "" : "0.5"),\(["left", "right", "?"][number % 3])"
        }
        try Data(table.joined(separator: "\n").utf8).write(to: folder.appendingPathComponent("several.csv"))
        let model = Architecture(
            name: "several",
            inputs: [.vector("reading", width: 1), .vector("noise", width: 1), .token("arm", ["left", "right"])],
            nodes: [
                .init("whitened", .standardize, "reading"), .init("quiet", .standardize, "noise"),
                .init("side", .embedding(table: "arms", width: 2), "arm"),
                .init("all", .concatenate, "whitened", "quiet", "side"),
                .init("features", .dense(units: 6, activation: .tanh), "all"),
                .init("logits", .dense(units: 2, dynamic: true), "features"),
            ],
            output: "logits",
            sample: "all"
        )
        try JSONEncoder().encode(model).write(to: folder.appendingPathComponent("several.json"))
        let shown = try run("model", "show", "several.json")
        #expect(shown.status == 0 && shown.out.contains("token, one of 2"), "\(shown.out)\(shown.error)")
        let data = ["--task", "classification", "--data", "several.csv", "--generator-window", "6", "--threads", "1"]
        let trained = try run(["train"] + data + ["--model", "several.json", "--epochs", "2", "--out", "several"])
        #expect(trained.status == 0, "\(trained.error)")
        #expect(try run("inspect", "several").out.contains("'arm', one of 2 tokens"))
        #expect(try run("export", "several", "--onnx", "several.onnx").status == 0)
        #expect(try run("publish", "several", "--registry", "registry").status == 0)
        let simulated = try run("simulate", "--registry", "registry", "--data", "several.csv")
        #expect(simulated.status == 0, "\(simulated.error)")
        let narrow = try run(
            ["train"] + data + ["--feature-columns", "reading", "--model", "several.json", "--out", "no"]
        )
        #expect(narrow.status != 0 && narrow.error.contains("1 for 'reading', 1 for 'noise'"), "\(narrow.error)")
    }

    @Test("a model over vectors trains, measures, is served, and its simulated devices agree with the measure")
    func vectors() throws {
        try writeReadings()
        let trained = try run(
            ["train"] + readings + ["--model", "level.json", "--epochs", "2", "--out", "level", "--json"]
        )
        #expect(trained.status == 0, "\(trained.error)")
        struct Trained: Decodable { let run: Run }
        let expected = try JSONDecoder().decode(Trained.self, from: Data(trained.out.utf8)).run
        let accuracy = try #require(expected.metrics["devices"]?["accuracy"])
        #expect(expected.metrics.keys.sorted() == ["devices", "training"])
        let evaluated = try run("evaluate", "level", "--data", "readings.csv", "--json")
        let again = try JSONDecoder().decode(Run.self, from: Data(evaluated.out.utf8))
        #expect(again.metrics == expected.metrics, "the bundle says how it was trained")
        #expect(try run("evaluate", "level", "--data", "readings.csv").out.contains("held-out devices"))
        #expect(try run("publish", "level", "--registry", "registry").status == 0)
        let simulated = try run(
            "simulate",
            "--registry",
            "registry",
            "--data",
            "readings.csv",
            "--restarts",
            "1",
            "--json"
        )
        #expect(simulated.status == 0, "\(simulated.error)")
        let report = try JSONDecoder().decode(ExperimentResult.self, from: Data(simulated.out.utf8))
        #expect(report.data.facts.map(\.count) == [3, 54])
        let personal = try #require(report.statistic("personal", "devices", "accuracy")).mean
        #expect(abs(personal - accuracy) < 0.04, "half precision may turn a close call")
        #expect(try run("rank", "level").status == 2, "a model over vectors ranks nothing")
        try checkLearning(personal)
    }

    /// Devices that learn by themselves stand beside those that ask, and never do.
    private func checkLearning(_ expected: Double) throws {
        let arguments = ["simulate", "--registry", "registry", "--data", "readings.csv", "--policies"]
        let simulated = try run(arguments + ["fine-tune-5,never", "--json"])
        #expect(simulated.status == 0, "\(simulated.error)")
        let report = try JSONDecoder().decode(ExperimentResult.self, from: Data(simulated.out.utf8))
        #expect(report.methods.map(\.name) == ["base", "personal", "fine-tune-5"])
        #expect(report.statistic("personal", "devices", "accuracy")?.mean == expected)
        let (asking, learning) = (try #require(report.method("personal")), try #require(report.method("fine-tune-5")))
        #expect(learning.cost["refreshes"] == 0 && learning.cost["bytesUp"] ?? 0 < asking.cost["bytesUp"] ?? 0)
        #expect(try #require(learning.cost["deviceSteps"]) > 0 && #require(learning.cost["learningSeconds"]) > 0)
        #expect(asking.cost["deviceSteps"] == 0 && asking.cost["deviceMultiplyAdds"] == 0)
        for method in [asking, learning] { #expect(try #require(method.cost["readyMilliseconds"]) > 0) }
        let unknown = try run(arguments + ["fine-tune-0"])
        #expect(unknown.status == 2 && unknown.error.contains("fine-tune-STEPS"))
        let refused = try run(arguments + ["meta-patch"])
        #expect(
            refused.status == 2 && refused.error.contains("'level' has none") && refused.error.contains("--basis-model")
        )
        try checkCodes(Array(arguments.dropLast()))
    }

    /// Devices that learn a code within the basis of another model stand beside those, and send 4 bytes a value.
    private func checkCodes(_ arguments: [String]) throws {
        let patches = ["--model", "level.json", "--epochs", "4", "--generator", "meta-patch", "--out", "patched"]
        let trained = try run(["train"] + readings + patches)
        #expect(trained.status == 0, "\(trained.error)")
        #expect(try run("publish", "patched", "--registry", "registry").status == 0)
        let both = ["--model", "level", "--basis-model", "patched", "--events", "codes.sqlite", "--json"]
        let simulated = try run(arguments + ["--policies", "meta-patch-5,fine-tune-5"] + both)
        #expect(simulated.status == 0, "\(simulated.error)")
        let report = try JSONDecoder().decode(ExperimentResult.self, from: Data(simulated.out.utf8))
        #expect(report.methods.map(\.name) == ["base", "personal", "meta-patch-5", "fine-tune-5"])
        let (code, whole) = (try #require(report.method("meta-patch-5")), try #require(report.method("fine-tune-5")))
        #expect(report.statistic("meta-patch-5", "devices", "accuracy") != nil)
        // The other model has personal vectors, of which no multiply-adds are counted: those of dense layers are.
        #expect(try #require(code.cost["deviceMultiplyAdds"]) > 0)
        for method in [code, whole] { #expect(try #require(method.cost["deviceSteps"]) > 0) }
        #expect(whole.cost["codeBytes"] == nil && whole.cost["basisBytes"] == nil)
        let basis = folder.appendingPathComponent("patched/basis.safetensors")
        #expect(try code.cost["basisBytes"] == Double(Data(contentsOf: basis).count))
        let store = try SQLiteEventStore(reading: folder.appendingPathComponent("codes.sqlite"))
        let devices = try #require(store.codeDevices(of: "patched").values.first)
        let (sent, up) = (try #require(code.cost["codeBytes"]), try #require(code.cost["bytesUp"]))
        // Three devices, some of which learned something better, and codes of 4 values.
        #expect((1...3).contains(devices) && 3 * sent >= 16 * Double(devices) && sent < up)
        let refused = try run(arguments + ["--policies", "fine-tune", "--model", "patched"])
        #expect(refused.status == 2 && refused.error.contains("use meta-patch"), "\(refused.error)")
        // What was sent is not enough to distil a model of vectors, whose labels stay where they are.
        let distilled = try run(
            "distill",
            "patched",
            "--registry",
            "registry",
            "--data",
            "readings.csv",
            "--codes",
            "events:codes.sqlite"
        )
        #expect(
            distilled.status == 2 && distilled.error.contains("labels that its devices learned from never leave them")
        )
        let usage = try run("distill", "patched", "--registry", "registry", "--data", "readings.csv")
        #expect(usage.status == 64 && usage.error.contains("--codes events:FILE"))
    }

    @Test("compare of a model over vectors writes its own report, without the control that it has no use for")
    func deviceComparison() throws {
        try writeReadings()
        let (process, out, error) = try start(
            ["compare"] + readings
                + ["--models", "level.json", "--epochs", "1", "--bootstrap", "20", "--out", "r", "--json"],
            environment: ["METANETWORK_DEPS": fakeCharts().path]
        )
        let text = out.fileHandleForReading.readDataToEndOfFile()
        let complaint = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(complaint)")
        let result = try JSONDecoder().decode(ExperimentResult.self, from: text)
        #expect(result.methods.map(\.name) == ["none", "standardize", "concat", "plain", "film"])
        #expect(result.methods.allSatisfy { $0.metrics["devices"]?["accuracy"] != nil })
        let page = try String(contentsOf: folder.appendingPathComponent("r/report.html"), encoding: .utf8)
        #expect(page.contains("Held-out devices") && page.contains("Accuracy"))
    }

    @Test("what does not fit a task exits 2 and says why")
    func badTasks() throws {
        try writeReadings()
        func refused(_ arguments: [String], _ words: String) throws {
            let output = try run(["train", "--out", "x"] + arguments)
            #expect(output.status == 2 && output.error.contains(words), "\(arguments): \(output.error)")
        }
        try refused(["--task", "guessing", "--data", "readings.csv"], "task")
        try refused(readings, "give the path of an architecture in JSON")
        try refused(readings + ["--model", "sasrec"], "ranks items")
        try refused(
            [
                "--task", "ranking", "--data", "log.csv", "--user-column", "who", "--item-column", "what", "--model",
                "level.json",
            ],
            "--task"
        )
        try refused(["--task", "images", "--data", "ml-100k"], "--task ranking")
        try refused(["--task", "images", "--data", "readings.csv"], "line 1")
        try refused(["--task", "images", "--data", "readings.csv", "--shifts", "melting"], "'melting'")
        try refused(readings + ["--model", "level.json", "--target-columns", "reading"], "'class'")
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("x").path))
    }
}
