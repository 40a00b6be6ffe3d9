import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetworkWire
import NIOCore
import Testing

@testable import MetaNetworkServer

@Suite("The operators' listener")
struct OperatorListenerTests {
    private let fixture = ServerFixture()
    private let loopback = ServerConfiguration.Address(host: "127.0.0.1", port: 0)

    private func service(_ configuration: ServerConfiguration = ServerConfiguration()) async throws
        -> MetaNetworkService
    {
        try await fixture.publish("v1")
        return try await fixture.service(configuration, trial: TwinTrial())
    }

    /// The first line of an answer to a request with a name in `Host`.
    private func status(_ port: Int, _ path: String, host: String) async throws -> String {
        let connection = try await RawConnection(port: port)
        try await connection.send("GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
        try await eventually { connection.isClosed }
        return String(connection.text.prefix { $0 != "\r\n" })
    }

    @Test("answers to the names of this machine only, so that no page of somebody else's reads it")
    func names() async throws {
        try await service().adminApplication(loopback).test(.live) { client in
            let port = try #require(client.port)
            for host in ["localhost", "127.0.0.1:\(port)", "LOCALHOST:9", "[::1]:8081"] {
                for path in ["/metrics", "/readyz", "/"] {
                    #expect(try await status(port, path, host: host).hasPrefix("HTTP/1.1 200"), "\(host) \(path)")
                }
            }
            for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8081", "[::1", ""] {
                for path in ["/metrics", "/readyz", "/", "/dashboard/events"] {
                    #expect(try await !status(port, path, host: host).hasPrefix("HTTP/1.1 2"), "\(host) \(path)")
                }
            }
            // Probes come by any name.
            #expect(try await status(port, "/healthz", host: "10.0.0.7:8081").hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test("takes posts as JSON from its own pages only, and says what its answers are")
    func posts() async throws {
        try await service().adminApplication(loopback).test(.router) { client in
            func post(_ headers: HTTPFields) async throws -> TestResponse {
                let body = ByteBuffer(string: #"{"items":["3","1"]}"#)
                return try await client.execute(uri: "/dashboard/try", method: .post, headers: headers, body: body)
            }
            let site = try #require(HTTPField.Name("Sec-Fetch-Site"))
            let json = HTTPFields([.init(name: .contentType, value: "application/json; charset=utf-8")])
            for from in ["same-origin", "none", nil] {
                var headers = json
                headers[site] = from
                let answer = try await post(headers)
                #expect(answer.status == .ok && answer.headers[.xContentTypeOptions] == "nosniff")
            }
            for from in ["cross-site", "same-site"] {
                var headers = json
                headers[site] = from
                let refused = try await post(headers)
                #expect(try refused.status == .forbidden && refused.problem().field == "Sec-Fetch-Site")
                #expect(refused.headers[.xContentTypeOptions] == "nosniff")
            }
            for type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
                let refused = try await post([.contentType: type])
                #expect(try refused.status == .unsupportedMediaType && refused.problem().field == "Content-Type")
            }
            #expect(try await post([:]).status == .unsupportedMediaType)
            for path in ["/metrics", "/dashboard/items?query=3", "/readyz"] {
                let answer = try await client.execute(uri: path, method: .get)
                #expect(answer.headers[.xContentTypeOptions] == "nosniff", "\(path)")
            }
        }
    }

    @Test("beyond loopback wants the operators' token for all but the probe that the process lives")
    func tokens() async throws {
        let file = try fixture.makeFolder().appendingPathComponent("token")
        try SecretFile(file).create(Array("a token of operators\n".utf8))
        var configuration = ServerConfiguration()
        configuration.adminAddress = .init(host: "0.0.0.0", port: 0)
        configuration.adminTokenFile = file
        let service = try await service(configuration)
        try await service.adminApplication(.init(host: "0.0.0.0", port: 0)).test(.router) { client in
            func get(_ path: String, _ token: String?) async throws -> TestResponse {
                var headers = HTTPFields()
                if let token { headers[.authorization] = token }
                return try await client.execute(uri: path, method: .get, headers: headers)
            }
            for path in ["/metrics", "/", "/readyz", "/try", "/dashboard/items"] {
                #expect(try await get(path, "Bearer a token of operators").status == .ok, "\(path)")
                for token in ["Bearer another", "Bearer ", "a token of operators", nil] {
                    let refused = try await get(path, token)
                    #expect(refused.status == .unauthorized && refused.headers[.wwwAuthenticate] == "Bearer", "\(path)")
                }
            }
            #expect(try await get("/healthz", nil).status == .ok)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        await #expect(throws: ConfigurationProblem.self) { _ = try await self.service(configuration) }
        try FileManager.default.removeItem(at: file)
        try SecretFile(file).create(Array("short".utf8))
        await #expect(throws: ConfigurationProblem.self) { _ = try await self.service(configuration) }
    }

    @Test("closes connections that say too little, as the devices' listener does")
    func timeouts() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.idleTimeout = .milliseconds(300)
        configuration.limits.requestTimeout = .milliseconds(300)
        try await service(configuration).adminApplication(loopback).test(.live) { client in
            let port = try #require(client.port)
            let silent = try await RawConnection(port: port)
            let slow = try await RawConnection(port: port)
            try await slow.send(
                "POST /dashboard/try HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
            )
            try await eventually(within: .seconds(10)) { silent.isClosed && slow.isClosed }
        }
    }
}
