import Foundation
import Testing

@testable import MetaNetworkClient

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

@Suite("URLSession on this machine's own network")
struct TransportTests {
    private func answer(_ head: String, _ body: Data = Data()) -> [Data] {
        [Data("HTTP/1.1 \(head)\r\nConnection: close\r\n\r\n".utf8), body]
    }

    private func get(_ url: URL, limit: Int = 1_000, sink: (any TransportSink)? = nil) -> TransportRequest {
        TransportRequest(method: "GET", url: url, limit: limit, sink: sink, timeout: 10)
    }

    @Test("Answers come with their status, headers and body, errors too")
    func plain() async throws {
        let server = try LoopbackServer { head in
            head.contains("/gone")
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
        let server = try LoopbackServer { head in
            let pieces = (0..<64).map { _ in Data(count: 1 << 16) }
            return head.contains("/announced")
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

    @Test("A file goes to the sink as it comes, in small pieces, and only a good answer does")
    func files() async throws {
        let content = Data((0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let server = try LoopbackServer { head in
            head.contains("/gone") ? answer("404 Not Found", Data("no".utf8)) : answer("200 OK", content)
        }
        defer { server.stop() }
        let transport = URLSessionTransport()
        let sink = CountingSink()
        let gone = try await transport.send(get(try server.url("/gone"), sink: sink))
        #expect(gone.body == Data("no".utf8) && sink.largest == 0)
        let good = try await transport.send(get(try server.url("/"), limit: content.count, sink: sink))
        #expect(good.body.isEmpty)
        #expect(sink.contents == content)
        // What is in memory at a time does not grow with the file.
        #expect(sink.largest > 0 && sink.largest <= content.count / 8, "\(sink.largest)")
    }

    @Test("A sink that refuses the answer or its bytes ends the request with its error")
    func refusingSinks() async throws {
        struct Refused: Error, Equatable {}
        let server = try LoopbackServer { _ in answer("200 OK\r\nContent-Length: 5", Data("hello".utf8)) }
        defer { server.stop() }
        for isLate in [false, true] {
            let sink = CountingSink { if $0 == isLate { throw Refused() } }
            await #expect(throws: Refused.self) {
                _ = try await URLSessionTransport().send(get(try server.url("/"), sink: sink))
            }
            await #expect(throws: Refused.self) {
                let memory = InMemoryTransport { _ in TransportResponse(status: 200, body: Data("hello".utf8)) }
                _ = try await memory.send(get(try server.url("/"), sink: sink))
            }
        }
    }

    @Test("What goes to a sink may take longer than the timeout as long as it comes")
    func progress() async throws {
        let server = try LoopbackServer(pause: 0.1) { _ in
            answer("200 OK") + (0..<35).map { _ in Data(count: TransportRequest.leastProgress) }
        }
        defer { server.stop() }
        let sink = CountingSink()
        var request = get(try server.url("/"), limit: 1 << 20, sink: sink)
        request.timeout = 3
        _ = try await URLSessionTransport().send(request)
        #expect(sink.contents.count == 35 * TransportRequest.leastProgress)
    }

    @Test("A byte now and then is no progress")
    func drip() async throws {
        let server = try LoopbackServer(pause: 0.02) { _ in answer("200 OK") + (0..<500).map { _ in Data("x".utf8) } }
        defer { server.stop() }
        var request = get(try server.url("/"), sink: CountingSink())
        request.timeout = 0.2
        let slow = request
        await #expect(throws: TransportError.self) { _ = try await URLSessionTransport().send(slow) }
    }

    @Test("A request that is cancelled ends, also where that comes before it began", .timeLimit(.minutes(1)))
    func cancelling() async throws {
        let server = try LoopbackServer(pause: 60) { _ in answer("200 OK") }
        defer { server.stop() }
        let request = get(try server.url("/"))
        let reader = AnswerReader()
        let session = URLSession(configuration: .ephemeral, delegate: reader, delegateQueue: reader.queue)
        defer { session.invalidateAndCancel() }
        let early = PendingAnswer(session.dataTask(with: request.url), request)
        reader.stop(early, because: CancellationError())
        await #expect(throws: CancellationError.self) {
            _ = try await withCheckedThrowingContinuation { reader.start(early, $0) }
        }
        let transport = URLSessionTransport()
        for number in 0..<50 {
            let task = Task { try await transport.send(request) }
            if number % 2 == 0 { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { _ = try await task.value }
        }
    }

    @Test("A redirect is not followed: a token belongs to one host")
    func redirect() async throws {
        let server = try LoopbackServer { head in
            head.contains("/from") ? answer("302 Found\r\nLocation: /to") : answer("200 OK", Data("followed".utf8))
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
        let server = try LoopbackServer { head in
            head.contains("/short")
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
