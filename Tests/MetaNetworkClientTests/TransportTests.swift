import Foundation
import Testing

@testable import MetaNetworkClient

@Suite("URLSession on this machine's own network")
struct TransportTests {
    private func answer(_ head: String, _ body: Data = Data()) -> [Data] {
        [Data("HTTP/1.1 \(head)\r\nConnection: close\r\n\r\n".utf8), body]
    }

    private func get(_ url: URL, limit: Int = 1_000, file: URL? = nil) -> TransportRequest {
        TransportRequest(method: "GET", url: url, limit: limit, file: file, timeout: 10)
    }

    @Test("Answers come with their status, headers and body, errors too")
    func plain() async throws {
        let server = try LoopbackServer { line in
            line.contains("/gone")
                ? answer("404 Not Found\r\nRetry-After: 7", Data("no".utf8))
                : answer("200 OK\r\nMetaNetwork-Signature: k=AA==\r\nContent-Length: 2", Data("ok".utf8))
        }
        defer { server.stop() }
        let transport = URLSessionTransport()
        let good = try await transport.send(get(try server.url("/")))
        #expect(good.status == 200)
        #expect(good.header("metanetwork-signature") == "k=AA==")
        #expect(good.body == Data("ok".utf8))
        let gone = try await transport.send(get(try server.url("/gone")))
        #expect(gone.status == 404)
        #expect(gone.header("retry-after") == "7")
        #expect(gone.body == Data("no".utf8))
    }

    @Test("An answer that is too long is cut off, whether it says its length or not")
    func limits() async throws {
        let server = try LoopbackServer { line in
            let pieces = (0..<64).map { _ in Data(count: 1 << 16) }
            return line.contains("/announced")
                ? answer("200 OK\r\nContent-Length: 4194304") + pieces : answer("200 OK") + pieces
        }
        defer { server.stop() }
        let transport = URLSessionTransport()
        for path in ["/announced", "/endless"] {
            await #expect(throws: TransportError.tooLarge(limit: 1_000)) {
                _ = try await transport.send(get(try server.url(path)))
            }
        }
    }

    @Test("A file is written as it comes, and only a good answer is")
    func files() async throws {
        let content = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0) })
        let server = try LoopbackServer { line in
            line.contains("/gone") ? answer("404 Not Found", Data("no".utf8)) : answer("200 OK", content)
        }
        defer { server.stop() }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        let transport = URLSessionTransport()
        let gone = try await transport.send(get(try server.url("/gone"), file: file))
        #expect(gone.body == Data("no".utf8))
        #expect(!FileManager.default.fileExists(atPath: file.path))
        let good = try await transport.send(get(try server.url("/"), limit: 200_000, file: file))
        #expect(good.body.isEmpty)
        #expect(try Data(contentsOf: file) == content)
    }

    @Test("A redirect is not followed: a token belongs to one host")
    func redirect() async throws {
        let server = try LoopbackServer { line in
            line.contains("/from") ? answer("302 Found\r\nLocation: /to") : answer("200 OK", Data("followed".utf8))
        }
        defer { server.stop() }
        let response = try await URLSessionTransport().send(get(try server.url("/from")))
        #expect(response.status == 302)
    }

    @Test("An answer that takes too long is given up, though bytes keep coming")
    func slow() async throws {
        let server = try LoopbackServer(pause: 0.02) { _ in
            answer("200 OK") + (0..<100).map { _ in Data("x".utf8) }
        }
        defer { server.stop() }
        var request = get(try server.url("/"))
        request.timeout = 0.2
        let slow = request
        await #expect(throws: TransportError.self) { _ = try await URLSessionTransport().send(slow) }
    }

    @Test("No server, no HTTP and a connection that breaks are errors")
    func broken() async throws {
        let server = try LoopbackServer { line in
            line.contains("/short")
                ? [Data("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort".utf8)] : [Data("hello\r\n".utf8)]
        }
        defer { server.stop() }
        let transport = URLSessionTransport()
        for path in ["/short", "/"] {
            await #expect(throws: TransportError.self) { _ = try await transport.send(get(try server.url(path))) }
        }
        let nobody = try #require(URL(string: "http://127.0.0.1:1/"))
        await #expect(throws: TransportError.self) { _ = try await transport.send(get(nobody)) }
    }
}
