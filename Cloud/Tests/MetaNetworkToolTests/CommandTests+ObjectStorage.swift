import Foundation
import MetaNetwork
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

@testable import MetaNetworkServer

extension CommandTests {
    @Test(
        "a registry in S3 takes two publishers at once, is served on while S3 is away, tells a publisher, and shows no key",
        .enabled(
            if: SeaweedProcess.isInstalled,
            "make setup-tests"
        )
    )
    func objectStorage() async throws {
        let place = folder.appendingPathComponent("s3").path
        let url = try seaweed("start", place)
        defer { _ = try? seaweed("stop", place) }
        let environment = [
            "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "publisher", "AWS_SECRET_ACCESS_KEY": "secret-of-publisher",
            "METANETWORK_REGISTRY": "s3://models/live", "XDG_CACHE_HOME": folder.appendingPathComponent("cache").path,
        ]
        let golden = URL(fileURLWithPath: #filePath).appendingPathComponent(
            "../../../../Tests/Golden/registry/movies/versions"
        )
        let versions = try FileManager.default.contentsOfDirectory(atPath: golden.standardized.path).sorted()
        func bundle(_ version: String) -> String { golden.standardized.appendingPathComponent(version).path }

        // Two at once: each is there, and one came after the other.
        let both = try versions.prefix(2).map { try start(["publish", bundle($0)], environment: environment) }
        for (process, _, error) in both {
            let text = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(text)")
        }
        let states = try listed(environment)
        #expect(
            Set(states.releases.history.map(\.version)) == Set(versions.prefix(2)) && states.releases.history.count == 2
        )
        #expect(
            states.releases.previous == states.releases.history.first?.version
                && Set(states.versions) == Set(versions.prefix(2))
        )
        #expect(try run("registry", "verify", "movies", environment: environment).status == 0)

        let arguments = ["--insecure", "--port", "0", "--admin-port", "0", "--drain-delay", "0", "--no-bundle-check"]
        let (service, out, _) = try start(["serve", "--engine", "device"] + arguments, environment: environment)
        defer {
            service.terminate()
            service.waitUntilExit()
        }
        let greeting = String(decoding: out.fileHandleForReading.availableData, as: UTF8.self)
        let address = try #require(greeting.split(separator: "\n").first?.split(separator: " ").last)
        let manifest = try #require(URL(string: "\(address)/v1/models/movies"))
        #expect(try await served(manifest) == states.releases.current)

        _ = try seaweed("stop", place)
        let failed = try run("publish", bundle(versions[2]), environment: environment)
        #expect(failed.status == 1 && failed.error.contains("cannot be reached"), "\(failed.error)")
        #expect(failed.error.split(separator: "\n").count == 1, "\(failed.error)")
        #expect(try await served(manifest) == states.releases.current)
        let files = try #require(URL(string: "\(manifest)/versions/\(states.releases.current)/device"))
        #expect(try await URLSession.shared.data(from: files).0.count > 100)
        _ = try seaweed("start", place)
        let published = try run("publish", bundle(versions[2]), environment: environment)
        #expect(published.status == 0, "\(published.error)")
        let end = ContinuousClock.now + .seconds(20)
        while try await served(manifest) != versions[2], ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(try await served(manifest) == versions[2])

        let wrong = try run("list", environment: environment.merging(["AWS_SECRET_ACCESS_KEY": "hush-hush"]) { $1 })
        #expect(
            wrong.status == 2 && wrong.error.contains("AWS_SECRET_ACCESS_KEY") && !wrong.error.contains("hush-hush"),
            "\(wrong.error)"
        )
        let missing = try run(
            "list",
            environment: environment.merging(["METANETWORK_REGISTRY": "s3://nothing/live"]) { $1 }
        )
        #expect(missing.status == 2 && missing.error.contains("there is no bucket 'nothing'"), "\(missing.error)")
        let shown = try run("config", "show", "serve", environment: environment)
        #expect(shown.out.contains("s3://models/live") && !shown.out.contains("secret-of-publisher"))
    }

    private struct Listed: Decodable {
        let releases: Releases
        let versions: [String]
    }

    private func listed(_ environment: [String: String]) throws -> Listed {
        let output = try run("list", "--json", environment: environment)
        return try #require(JSONDecoder().decode([Listed].self, from: Data(output.out.utf8)).first, "\(output.error)")
    }

    /// The version that devices get.
    private func served(_ manifest: URL) async throws -> String {
        try JSONDecoder().decode(BundleManifest.self, from: await URLSession.shared.data(from: manifest).0).version
    }

    /// Starts and stops a store that speaks S3; the address that it says.
    func seaweed(_ arguments: String...) throws -> String { try SeaweedProcess.run(arguments, in: folder) }
}
