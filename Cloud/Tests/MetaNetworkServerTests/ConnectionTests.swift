import Foundation
import HummingbirdTesting
import NIOSSL
import SwiftASN1
import Synchronization
import Testing
import X509

@testable import MetaNetworkServer

@Suite("A connection")
struct ConnectionTests {
    private let fixture = ServerFixture()
    private let health = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

    private func running(
        _ configuration: ServerConfiguration = ServerConfiguration(),
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        try await fixture.publish("v1")
        try await fixture.service(configuration).application().test(.live) { client in
            try await body(try #require(client.port))
            // Whatever happened, the service goes on.
            let after = try await RawConnection(port: try #require(client.port))
            if configuration.tls == nil {
                try await after.send(health)
                try await eventually { after.text.hasPrefix("HTTP/1.1 200") }
            }
            await after.close()
        }
    }

    @Test("that sends its headers too slowly is closed")
    func slowHeaders() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.idleTimeout = .milliseconds(300)
        try await running(configuration) { port in
            let connection = try await RawConnection(port: port)
            for character in "GET /healthz HTTP/1.1\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaa" {
                try? await connection.send(String(character))
                try await Task.sleep(for: .milliseconds(20))
            }
            try await eventually { connection.isClosed }
            #expect(connection.text.isEmpty)
        }
    }

    @Test("that sends its body too slowly is closed")
    func slowBody() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.requestTimeout = .milliseconds(300)
        try await running(configuration) { port in
            let connection = try await RawConnection(port: port)
            try await connection.send(
                "POST /v1/models/movies/parameters HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
            )
            for _ in 0..<100 where !connection.isClosed {
                try? await connection.send("{")
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(connection.isClosed)
        }
    }

    @Test("that reads nothing of a large answer is closed, one that reads slowly gets all of it")
    func unread() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.answerTimeout = .seconds(1)
        let bytes = 32 << 20
        try await fixture.bundles.publish(fixture.bundle("large", device: Data(repeating: 48, count: bytes)))
        try await fixture.service(configuration).application().test(.live) { client in
            let port = try #require(client.port)
            let request =
                "GET /v1/models/movies/versions/large/device HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let connection = try await RawConnection(port: port, reads: false)
            // A second one in the same packet must not keep it open.
            try await connection.send(request + request)
            // Reset, so that the client hears of it though it reads nothing.
            try await eventually { connection.isClosed }
            let reader = try await RawConnection(port: port)
            try await reader.send(request)
            try await eventually { reader.isClosed }
            #expect(reader.text.utf8.count > bytes)
        }
    }

    @Test("in the middle of whose body the client goes is counted as such, and as no failure of the service")
    func gone() async throws {
        let requests = { @Sendable (status: Int) in
            Self.count("metanetwork_requests_total{route=\"/v1/models/{model}/parameters\",status=\"\(status)\"}")
        }
        let (gone, failed) = (requests(499), requests(500))
        try await running { port in
            let cut = try await RawConnection(port: port)
            try await cut.send("POST /v1/models/movies/parameters HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
            try await Task.sleep(for: .milliseconds(100))
            await cut.close()
            try await eventually { requests(499) > gone }
        }
        #expect(requests(500) == failed)
    }

    /// The value of a metric of all tests; 0 where it was never counted.
    private static func count(_ series: String) -> Double {
        let line = ServerFixture.metrics.text.split(separator: "\n").first { $0.hasPrefix(series) }
        return line.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) } ?? 0
    }

    @Test("whose other half is closed gets the answers that it asked for")
    func halfClosed() async throws {
        try await running { port in
            let connection = try await RawConnection(port: port)
            try await connection.send(health)
            try await connection.endOutput()
            try await eventually { connection.isClosed }
            #expect(connection.text.hasPrefix("HTTP/1.1 200"))
            let cut = try await RawConnection(port: port)
            try await cut.send("POST /v1/models/movies/parameters HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
            try await cut.endOutput()
            try await eventually { cut.isClosed }
        }
    }

    @Test("is told where a body is too long, whether it says so or sends it in chunks; and where it is no HTTP")
    func badRequests() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.bodyBytes = 1000
        try await running(configuration) { port in
            let start = "POST /v1/models/movies/parameters HTTP/1.1\r\nHost: x\r\n"
            let long = String(repeating: "x", count: 2000)
            let chunk = "7d0\r\n\(long)\r\n"
            for (request, status) in [
                (start + "Content-Length: 2000\r\n\r\n" + long, "413"),
                (start + "Transfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n", "413"),
                ("rubbish\r\n\r\n", "400"),
            ] {
                let connection = try await RawConnection(port: port)
                try await connection.send(request)
                try await eventually { connection.text.hasPrefix("HTTP/1.1 \(status)") }
                await connection.close()
            }
        }
    }

    @Test("cannot be had where another program listens, and what says so names the address and the fix")
    func takenPort() async throws {
        try await running { port in
            var configuration = ServerConfiguration()
            configuration.address.port = port
            configuration.adminAddress = nil
            let second = try await fixture.service(configuration)
            let problem = await #expect(throws: ConfigurationProblem.self) { try await second.run() }
            let text = "127.0.0.1:\(port) already; end it, or choose other ports with --port"
            #expect(problem?.description.contains(text) == true)
        }
    }

    @Test("sees the renewed certificate without a restart, and the old one until its key is there too")
    func renewal() async throws {
        let folder = try fixture.makeFolder()
        let files = ServerConfiguration.TLSFiles(
            certificate: folder.appendingPathComponent("certificate.pem"),
            key: folder.appendingPathComponent("key.pem")
        )
        let (old, new) = (try Identity("old"), try Identity("new"))
        try old.certificate.write(to: files.certificate)
        try old.key.write(to: files.key)
        var configuration = ServerConfiguration()
        configuration.tls = files
        try await running(configuration) { port in
            #expect(try await shown(port) == old.name)
            try new.certificate.write(to: files.certificate)
            // The files are looked at once a second.
            try await Task.sleep(for: .milliseconds(1100))
            #expect(try await shown(port) == old.name)
            try new.key.write(to: files.key)
            try await eventually { try await shown(port) == new.name }
        }
    }

    /// The name in the certificate that a new connection is shown, over which a request is answered.
    private func shown(_ port: Int) async throws -> String {
        let seen = Mutex<[UInt8]>([])
        let connection = try await RawConnection(port: port) { certificate in
            let bytes = try? certificate.toDERBytes()
            seen.withLock { $0 = bytes ?? [] }
        }
        try await connection.send(health)
        try await eventually { connection.text.hasPrefix("HTTP/1.1 200") }
        await connection.close()
        return try Certificate(derEncoded: seen.withLock { $0 }).subject.description
    }
}
