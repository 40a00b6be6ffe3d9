import Foundation
import MetaNetwork
import MetaNetworkExperiments
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

/// From a log to what devices are sent, one command after the other.
extension CommandTests {
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
}
