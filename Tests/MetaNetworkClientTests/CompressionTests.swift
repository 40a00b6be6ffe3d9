import Crypto
import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkClient

@Suite("A compressed answer")
struct CompressionTests {
    private func answer(_ body: Data, _ headers: String = "") -> [Data] {
        [Data("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\n\(headers)\r\n".utf8), body]
    }

    private func get(_ url: URL, limit: Int, sink: (any TransportSink)? = nil) -> TransportRequest {
        TransportRequest(method: "GET", url: url, limit: limit, sink: sink, timeout: 10)
    }

    @Test("is asked for, and comes as what it was, in memory and to a sink")
    func unpacked() async throws {
        let content = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let heads = Collected<String>()
        let packed = Gzip.stored(content)
        let server = try LoopbackServer { head in
            heads.append(head.lowercased())
            return answer(packed, "Content-Length: \(packed.count)\r\n")
        }
        defer { server.stop() }
        let transport = URLSessionTransport()
        #expect(try await transport.send(get(try server.url("/"), limit: 300_000)).body == content)
        let sink = CountingSink()
        _ = try await transport.send(get(try server.url("/"), limit: 300_000, sink: sink))
        #expect(sink.contents == content)
        #expect(heads.values.count == 2)
        #expect(heads.values.allSatisfy { $0.contains("\r\naccept-encoding: ") && $0.contains("gzip") })
    }

    @Test("may be no longer unpacked than any other: a kilobyte that is a megabyte is cut off on the way")
    func bomb() async throws {
        let bomb = Gzip.bomb
        #expect(bomb.count < 2_000)
        let server = try LoopbackServer { _ in answer(bomb, "Content-Length: \(bomb.count)\r\n") }
        defer { server.stop() }
        let transport = URLSessionTransport()
        #expect(try await transport.send(get(try server.url("/"), limit: 1 << 20)).body == Data(count: 1 << 20))
        for sink in [nil, CountingSink()] {
            await #expect(throws: TransportError.tooLarge(limit: 100_000)) {
                _ = try await transport.send(get(try server.url("/"), limit: 100_000, sink: sink))
            }
            #expect((sink?.contents.count ?? 0) <= 100_000)
        }
    }

    @Test("that is cut off goes on with the bytes of the file itself", arguments: [30, 5_000, 600_000])
    func resumed(cut: Int) async throws {
        let download = try Download(bytes: 1_000_000)
        let (content, heads) = (download.content, Collected<String>())
        let digest = SHA256.hexadecimal(of: content)
        let packed = Gzip.stored(content)
        let server = try LoopbackServer { head in
            heads.append(head.lowercased())
            if heads.values.count == 1 {
                let body = packed.prefix(cut)
                return answer(body, "ETag: \"\(digest)-gzip\"\r\nContent-Length: \(packed.count)\r\n")
            }
            let range = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("range: ") }
            let tag = head.contains("If-Range: \"\(digest)\"") ? "\"\(digest)\"" : nil
            return [FakeFiles().answer(content, range: range.map { String($0.dropFirst(7)) }, ifRange: tag).bytes]
        }
        defer { server.stop() }
        let service = try download.service(URLSessionTransport(), at: "http://127.0.0.1:\(server.port)")
        try await download.fetch(service)
        #expect(try download.files() == ["device.safetensors": content])
        #expect(heads.values.count == 2)
        let second = try #require(heads.values.last)
        #expect(second.contains("\r\nrange: bytes=") && second.contains("\r\naccept-encoding: identity\r\n"))
        #expect(second.contains("\r\nif-range: \"\(digest)\"\r\n"))
    }

    @Test("has the tag of the file by which parts are asked for, with a word behind it")
    func tags() {
        for (tag, file) in [
            ("\"a\"", "\"a\""), ("\"a-gzip\"", "\"a\""), ("W/\"a-gzip\"", nil), ("\"gzip\"", "\"gzip\""),
        ] {
            #expect(EntityTag.file(TransportResponse(status: 200, headers: ["ETag": tag])) == file)
        }
    }
}
