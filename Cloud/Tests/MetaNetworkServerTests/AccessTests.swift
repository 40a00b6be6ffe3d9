import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("Who is let in")
struct AccessTests {
    private let fixture = ServerFixture()
    private let appKey = "0123456789abcdef"
    private let path = "/v1/models/movies/parameters"

    private func configuration(_ keys: [String]? = nil) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.authentication = .tokens(appKeys: keys ?? [appKey], secret: [UInt8](repeating: 1, count: 32))
        return configuration
    }

    private func token(_ client: any TestClientProtocol, _ device: String, _ key: String? = nil) async throws -> String
    {
        let answer = try await client.post("/v1/tokens", #"{"device":"\#(device)"}"#, token: key ?? appKey)
        #expect(answer.status == .ok)
        return try JSONDecoder().decode(DeviceToken.self, from: Data(answer.bytes)).token
    }

    @Test("an app key counts once and without the spaces around it")
    func appKeys() throws {
        let keys = try AppKeys([" \(appKey)\n", appKey, "", "another key of mine"])
        #expect(keys.contains(appKey) && keys.contains("another key of mine"))
        #expect(!keys.contains(" \(appKey)") && !keys.contains("") && !keys.contains("another"))
        #expect(throws: ConfigurationProblem.self) { try AppKeys([]) }
        #expect(throws: ConfigurationProblem.self) { try AppKeys([appKey, "short"]) }
    }

    @Test("without an app key nobody uses up the rate of a device that is known, or of all")
    func wrongKeys() async throws {
        try await fixture.publish("v1")
        var configuration = configuration([appKey, " \(appKey)", appKey])
        configuration.limits.deviceRate = (perSecond: 0.01, burst: 2)
        configuration.limits.overallRate = (perSecond: 0.01, burst: 4)
        try await fixture.service(configuration).application().test(.router) { client in
            for key in ["wrong", nil] {
                for body in [#"{"device":"device-1"}"#, "rubbish"] {
                    for _ in 0..<5 {
                        let refused = try await client.post("/v1/tokens", body, token: key)
                        #expect(
                            try refused.status == .unauthorized && refused.problem().type.hasSuffix("app-key-needed")
                        )
                    }
                }
            }
            let token = try await token(client, "device-1")
            #expect(try await client.post(path, parametersRequest(), token: token).status == .ok)
            #expect(try await client.post(path, parametersRequest(), token: token).status == .tooManyRequests)
        }
    }

    @Test("a request that the queue does not take may be sent again as it is")
    func fullQueue() async throws {
        try await fixture.publish("v1")
        var configuration = ServerConfiguration()
        configuration.batching.batchSize = 1
        configuration.batching.queueLimit = 1
        try await fixture.service(configuration, takes: 0.1).application().test(.router) { client in
            let requests = (0..<8).map { _ in parametersRequest() }
            let refused = try await withThrowingTaskGroup(of: String?.self) { group in
                for request in requests {
                    group.addTask {
                        let status = try await client.post(path, request).status
                        return status == .tooManyRequests ? request : nil
                    }
                }
                return try await group.reduce(into: [String]()) { if let request = $1 { $0.append(request) } }
            }
            #expect(!refused.isEmpty)
            for request in refused { #expect(try await client.post(path, request).status == .ok) }
            for request in requests {
                #expect(try await client.post(path, request).problem().type.hasSuffix("replayed-nonce"))
            }
        }
    }

    @Test("a device on the deny list gets no token, and nothing for the one that it has")
    func denied() async throws {
        try await fixture.publish("v1")
        let file = try fixture.makeFolder().appendingPathComponent("denied")
        try Data("# stolen\n\n  device-2  \n".utf8).write(to: file)
        let secret = [UInt8](repeating: 1, count: 32)
        var configuration = ServerConfiguration()
        configuration.authentication = .tokens(
            .init(appKeys: .these([appKey]), secrets: .these([secret]), denyFile: file)
        )
        let before = try await TokenAuthority(secrets: [TokenSecret(secret)]).token(for: "device-2").token
        try await fixture.service(configuration).application().test(.router) { client in
            let refused = try await client.post("/v1/tokens", #"{"device":"device-2"}"#, token: appKey)
            #expect(try refused.status == .forbidden && refused.problem().type.hasSuffix("device-denied"))
            #expect(try refused.problem().fix?.isEmpty == false)
            for _ in 0..<2 {
                let answer = try await client.post(path, parametersRequest(), token: before)
                #expect(try answer.status == .forbidden && answer.problem().type.hasSuffix("device-denied"))
            }
            let other = try await token(client, "device-1")
            #expect(try await client.post(path, parametersRequest(), token: other).status == .ok)
        }
    }

    @Test("app keys and the deny list are read again while the service runs")
    func reloading() async throws {
        try await fixture.publish("v1")
        let folder = try fixture.makeFolder()
        let (keys, denied) = (folder.appendingPathComponent("keys"), folder.appendingPathComponent("denied"))
        let fresh = "fedcba9876543210"
        try SecretFile(keys).create(Array(appKey.utf8))
        try Data().write(to: denied)
        var configuration = ServerConfiguration()
        configuration.authentication = .tokens(.init(appKeys: .file(keys), secrets: .ofThisProcess, denyFile: denied))
        try await fixture.service(configuration).application().test(.live) { client in
            let held = try await token(client, "device-1")
            #expect(
                try await client.post("/v1/tokens", #"{"device":"device-1"}"#, token: fresh).status == .unauthorized
            )
            // As an operator changes a file: beside it, and then renamed.
            let next = folder.appendingPathComponent("next")
            try SecretFile(next).create(Array("\(fresh)\n".utf8))
            #expect(rename(next.path, keys.path) == 0)
            try Data("device-1\n".utf8).write(to: denied, options: .atomic)
            try await eventually {
                try await client.post(path, parametersRequest(), token: held).status == .forbidden
            }
            try await eventually {
                try await client.post("/v1/tokens", #"{"device":"device-3"}"#, token: fresh).status == .ok
            }
            #expect(
                try await client.post("/v1/tokens", #"{"device":"device-3"}"#, token: appKey).status == .unauthorized
            )
            try Data().write(to: denied, options: .atomic)
            try await eventually { try await client.post(path, parametersRequest(), token: held).status == .ok }
        }
    }

    @Test("a list that cannot be used any more, or is gone, leaves in force what it said before")
    func damagedLists() throws {
        let file = try fixture.makeFolder().appendingPathComponent("denied")
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        try Data("device-1\n".utf8).write(to: file)
        let list = try ReloadedFile(file, logger: logger, read: AccessLists.devices)
        #expect(list.value == ["device-1"])
        try Data("device-1\ndevice-2\n".utf8).write(to: file)
        list.refresh()
        #expect(list.value == ["device-1", "device-2"])
        for bad in ["no device's id\n", "short\n"] {
            try Data(bad.utf8).write(to: file)
            list.refresh()
            #expect(list.value == ["device-1", "device-2"])
        }
        try FileManager.default.removeItem(at: file)
        list.refresh()
        #expect(list.value == ["device-1", "device-2"])
        try Data("device-3\r\n".utf8).write(to: file)
        list.refresh()
        #expect(list.value == ["device-3"])
        // At the start there is nothing before.
        try Data("device-1\n!\n".utf8).write(to: file)
        let error = #expect(throws: ConfigurationProblem.self) { try AccessLists.devices(file) }
        #expect(error?.description.contains("line 2") == true)
        #expect(throws: ConfigurationProblem.self) { try AccessLists.devices(file.appendingPathExtension("gone")) }
        let open = file.appendingPathExtension("keys")
        try Data(appKey.utf8).write(to: open)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: open.path)
        #expect(throws: ConfigurationProblem.self) { try AccessLists.appKeys(open) }
    }
}
