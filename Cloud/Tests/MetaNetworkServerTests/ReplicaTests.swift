import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("Two replicas")
struct ReplicaTests {
    private let fixture = ServerFixture()
    private let path = "/v1/models/movies/parameters"

    /// The settings that an operator gives to each replica: all files are shared.
    private func configuration(secrets: [String]?) throws -> ServerConfiguration {
        let folder = try fixture.makeFolder()
        func secret(_ name: String, _ text: String) throws -> URL {
            let file = folder.appendingPathComponent(name)
            if !FileManager.default.fileExists(atPath: file.path) { try SecretFile(file).create(Array(text.utf8)) }
            return file
        }
        var configuration = ServerConfiguration()
        configuration.signingKeyFile = folder.appendingPathComponent("signing")
        if !FileManager.default.fileExists(atPath: folder.appendingPathComponent("signing").path) {
            try SigningKey().write(to: folder.appendingPathComponent("signing"))
        }
        let files = try secrets?.map { try secret("tokens-\($0)", String(repeating: $0, count: 32)) }
        configuration.authentication = .tokens(
            .init(
                appKeys: .file(try secret("apps", "0123456789abcdef\n")),
                secrets: files.map { .files($0) } ?? .ofThisProcess
            )
        )
        return configuration
    }

    private func replica(_ secrets: [String]?) async throws -> MetaNetworkService {
        try await fixture.service(configuration(secrets: secrets), bundles: fixture.folderStore)
    }

    private func token(_ client: any TestClientProtocol, _ device: String) async throws -> String {
        let answer = try await client.post("/v1/tokens", #"{"device":"\#(device)"}"#, token: "0123456789abcdef")
        return try JSONDecoder().decode(DeviceToken.self, from: Data(answer.bytes)).token
    }

    /// What replicas answer to a token, each for itself.
    private func statuses(_ replicas: [any TestClientProtocol], _ token: String) async throws -> [HTTPResponse.Status] {
        var statuses: [HTTPResponse.Status] = []
        for replica in replicas {
            statuses.append(try await replica.post(path, parametersRequest(), token: token).status)
        }
        return statuses
    }

    @Test("that share secrets and registry take each other's tokens, before and after a restart of one")
    func shared() async throws {
        try await fixture.folderStore.publish(fixture.bundle("v1"))
        let (first, second) = (try await replica(["a"]), try await replica(["a"]))
        #expect(first.key.publicKey == second.key.publicKey)
        try await first.application().test(.live) { one in
            let a = try await token(one, "device-1")
            let b = try await second.application().test(.live) { two in
                let b = try await token(two, "device-2")
                for token in [a, b] { #expect(try await statuses([one, two], token) == [.ok, .ok]) }
                return b
            }
            // The second ended, and starts again from its files.
            try await replica(["a"]).application().test(.live) { two in
                let c = try await token(two, "device-3")
                for token in [a, b, c] { #expect(try await statuses([one, two], token) == [.ok, .ok]) }
            }
        }
    }

    @Test("change their secret one after the other while every token stays good")
    func rotation() async throws {
        try await fixture.folderStore.publish(fixture.bundle("v1"))
        // First all verify the new secret, then all sign with it, then the old one goes, once its last token has ended.
        for (old, new) in [(["a"], ["a", "b"]), (["a", "b"], ["b", "a"]), (["b", "a"], ["b"])] {
            try await replica(old).application().test(.live) { one in
                let held = try await token(one, "device-1")
                try await replica(new).application().test(.live) { two in
                    let fresh = try await token(two, "device-2")
                    for token in [held, fresh] { #expect(try await statuses([one, two], token) == [.ok, .ok]) }
                }
            }
        }
    }

    @Test("without a shared secret refuse each other's tokens")
    func apart() async throws {
        try await fixture.folderStore.publish(fixture.bundle("v1"))
        try await replica(nil).application().test(.live) { one in
            try await replica(nil).application().test(.live) { two in
                let token = try await token(one, "device-1")
                #expect(try await statuses([one, two], token) == [.ok, .unauthorized])
            }
        }
    }
}
