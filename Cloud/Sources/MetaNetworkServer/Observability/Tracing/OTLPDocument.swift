import Foundation
import Tracing

/// Spans as OTLP says them in JSON (opentelemetry-proto, `ExportTraceServiceRequest`): ids in hexadecimal, 64-bit numbers as text.
struct OTLPDocument: Encodable {
    private let resourceSpans: [ResourceSpans]

    /// - Parameters:
    ///   - spans: At least one.
    ///   - host: The machine's name.
    init(_ spans: [SpanRecord], host: String) {
        let resource = Resource(attributes: [
            Attribute("service.name", .string("metanetwork")), Attribute("host.name", .string(host)),
        ])
        let scope = ScopeSpans(scope: Scope(name: "metanetwork"), spans: spans.map(Span.init))
        resourceSpans = [ResourceSpans(resource: resource, scopeSpans: [scope])]
    }

    private struct ResourceSpans: Encodable {
        let resource: Resource
        let scopeSpans: [ScopeSpans]
    }
    private struct Resource: Encodable { let attributes: [Attribute] }
    private struct ScopeSpans: Encodable {
        let scope: Scope
        let spans: [Span]
    }
    private struct Scope: Encodable { let name: String }

    private struct Span: Encodable {
        let traceId, spanId: String
        let traceState, parentSpanId: String?
        let name: String
        let kind: Int
        let startTimeUnixNano, endTimeUnixNano: String
        let attributes: [Attribute]
        let status: Status?

        init(_ record: SpanRecord) {
            (traceId, spanId, traceState) = (record.trace.traceID, record.trace.spanID, record.trace.state)
            (parentSpanId, name) = (record.parent, record.name)
            kind =
                switch record.kind {
                case .internal: 1
                case .server: 2
                case .client: 3
                case .producer: 4
                case .consumer: 5
                }
            (startTimeUnixNano, endTimeUnixNano) = (String(record.start), String(record.end))
            var attributes: [Attribute] = []
            record.attributes.forEach { attributes.append(Attribute($0, $1)) }
            self.attributes = attributes.sorted { $0.key < $1.key }
            status = record.status.map { Status(code: $0.code == .ok ? 1 : 2, message: $0.message) }
        }
    }

    private struct Status: Encodable {
        let code: Int
        let message: String?
    }

    private struct Attribute: Encodable {
        let key: String
        let value: Value

        init(_ key: String, _ attribute: SpanAttribute) {
            self.key = key
            value =
                switch attribute {
                case .int32(let number): Value(intValue: String(number))
                case .int64(let number): Value(intValue: String(number))
                case .double(let number): Value(doubleValue: number)
                case .bool(let flag): Value(boolValue: flag)
                case .string(let text): Value(stringValue: text)
                default: Value(stringValue: "\(attribute)")
                }
        }
    }

    private struct Value: Encodable {
        var stringValue: String?
        var intValue: String?
        var doubleValue: Double?
        var boolValue: Bool?
    }
}
