import Foundation
import HTTPTypes
import HummingbirdTesting
import InMemoryLogging
import Logging
import MetaNetworkWire
import Synchronization
import Testing

@testable import MetaNetworkServer

@Suite("The id of a request")
struct RequestIdentityTests {
    private let fixture = ServerFixture()

    private func id(_ sent: String?, _ client: some TestClientProtocol, _ path: String = "/healthz") async throws
        -> String
    {
        var headers: HTTPFields = [:]
        headers[.requestID] = sent
        let answer = try await client.execute(uri: path, method: .get, headers: headers)
        return try #require(answer.headers[.requestID])
    }

    @Test("is the client's own where it can be read, and a new one each time otherwise")
    func ids() async throws {
        try await fixture.service().application().test(.router) { client in
            for good in ["7", "0af7651916cd43dd8448eb211c80319c", "a.b_C-9", String(repeating: "x", count: 128)] {
                #expect(try await id(good, client) == good)
            }
            var made = Set<String>()
            for bad in [nil, "", "a b", "a\"b", "ä", String(repeating: "x", count: 129)] {
                let own = try await id(bad, client)
                #expect(own != bad && own.wholeMatch(of: /[0-9a-f]{32}/) != nil)
                made.insert(own)
            }
            #expect(made.count == 6)
        }
    }

    @Test("stands in the problem of a refused request, and in what the log says of it")
    func problems() async throws {
        let log = { () -> InMemoryLogHandler in
            var handler = InMemoryLogHandler()
            handler.logLevel = .debug
            return handler
        }()
        let service = try await MetaNetworkService(
            ServerConfiguration(),
            bundles: fixture.bundles,
            logger: Logger(label: "test") { _ in log }
        ) { try ServerFixture.load($0) }
        try await service.application().test(.router) { client in
            for path in ["/v1/models/secret", "/secret"] {
                let answer = try await client.execute(uri: path, method: .get, headers: [.requestID: "mine"])
                #expect(try answer.problem().instance == "urn:metanetwork:request:mine")
                #expect(answer.headers[.requestID] == "mine")
            }
        }
        let requests = log.entries.filter { $0.message == "request" }
        #expect(requests.map { $0.metadata["route"] } == ["/v1/models/{model}", "NotFound"])
        #expect(requests.allSatisfy { $0.metadata["hb.request.id"] == "mine" && $0.metadata["status"] == "404" })
        #expect(!log.entries.contains { "\($0)".contains("secret") }, "what a client asks for is not logged")
    }
}

@Suite("A log in JSON")
struct JSONLogHandlerTests {
    private struct Line: Decodable {
        let time, level, label, message: String
        let metadata: [String: String]?
    }

    /// What a logger writes.
    private func lines(_ level: Logger.Level, _ body: (Logger) -> Void) throws -> [String] {
        let lines = Lines()
        body(Logger(label: "metanetwork") { JSONLogHandler(label: $0, level: level) { lines.add($0) } })
        return lines.all
    }

    @Test("is one object a line, whatever the message has in it")
    func objects() throws {
        let lines = try lines(.info) { logger in
            var logger = logger
            logger[metadataKey: "hb.request.id"] = "mine"
            logger.error("a \"quoted\"\nmessage", metadata: ["error": "line one\nline two", "status": "\(500)"])
            logger.info("plain")
        }
        #expect(lines.count == 2 && lines.allSatisfy { $0.hasSuffix("}\n") && $0.dropLast().contains("\n") == false })
        let first = try JSONDecoder().decode(Line.self, from: Data(lines[0].utf8))
        #expect(first.level == "error" && first.label == "metanetwork" && first.message == "a \"quoted\"\nmessage")
        #expect(first.metadata == ["hb.request.id": "mine", "error": "line one\nline two", "status": "500"])
        #expect(first.time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/) != nil)
    }

    @Test("leaves out what is below its level, nests metadata, and has none where there is none")
    func levels() throws {
        let lines = try lines(.warning) { logger in
            logger.notice("not said")
            logger.warning("said")
            logger.warning("said", metadata: ["list": ["a", ["b": "c"]]])
        }
        #expect(lines.count == 2 && !lines[0].contains("metadata"))
        #expect(lines[1].contains(#""metadata":{"list":["a",{"b":"c"}]}"#))
    }
}

private final class Lines: Sendable {
    private let kept = Mutex<[String]>([])
    func add(_ data: Data) { kept.withLock { $0.append(String(decoding: data, as: UTF8.self)) } }
    var all: [String] { kept.withLock { $0 } }
}
