import Foundation
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@testable import MetaNetworkServer

/// A collector of spans: keeps what it is sent.
final class SpanCollector: Sendable {
    /// What the JSON of OTLP says of a span, as far as it is looked at here.
    struct Span: Decodable {
        let traceId, spanId, name, startTimeUnixNano, endTimeUnixNano: String
        let parentSpanId, traceState: String?
        let kind: Int
        let attributes: [Attribute]
        let status: Status?

        struct Attribute: Decodable {
            let key: String
            let value: [String: String]
        }
        struct Status: Decodable { let code: Int }

        var start: UInt64 { get throws { try #require(UInt64(startTimeUnixNano)) } }
        var end: UInt64 { get throws { try #require(UInt64(endTimeUnixNano)) } }
        subscript(key: String) -> String? { attributes.first { $0.key == key }?.value.values.first }
    }

    private struct Message: Decodable {
        struct Resource: Decodable {
            let resource: Attributes
            let scopeSpans: [Scope]
        }
        struct Attributes: Decodable { let attributes: [Span.Attribute] }
        struct Scope: Decodable { let spans: [Span] }
        let resourceSpans: [Resource]
    }

    private let bodies = Mutex<[Data]>([])
    private let answers: Mutex<[HTTPResponse.Status]>

    /// - Parameter answers: The statuses of the first messages; 200 follows.
    init(answers: [HTTPResponse.Status] = []) { self.answers = Mutex(answers) }

    /// All spans of the messages that were taken, in order.
    var spans: [Span] {
        get throws {
            try bodies.withLock { $0 }.flatMap { body in
                let message = try JSONDecoder().decode(Message.self, from: body)
                #expect(message.resourceSpans.first?.resource.attributes.first?.value == ["stringValue": "metanetwork"])
                return message.resourceSpans.flatMap(\.scopeSpans).flatMap(\.spans)
            }
        }
    }

    /// Runs the collector while something is done with its address.
    func run(_ body: @escaping @Sendable (URL) async throws -> Void) async throws {
        let router = Router()
        router.post("/v1/traces") { [self] request, _ in
            let body = try await request.body.collect(upTo: 1 << 22)
            let data = Data(Array(body.readableBytesView))
            #expect(request.headers[.contentType] == "application/json")
            let status = answers.withLock { $0.isEmpty ? .ok : $0.removeFirst() }
            if status == .ok { bodies.withLock { $0.append(data) } }
            return Response(status: status, body: .init(byteBuffer: ByteBuffer(string: "{}")))
        }
        try await Application(router: router).test(.live) { client in
            let port = try #require(client.port)
            try await body(try #require(URL(string: "http://127.0.0.1:\(port)/v1/traces")))
        }
    }
}
