import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import InMemoryLogging
import Logging
import NIOCore
import Testing
import Tracing

@testable import MetaNetworkServer

@Suite("Spans of requests")
struct TracingTests {
    private let fixture = ServerFixture()
    private let collector = SpanCollector()
    private let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private func service(_ endpoint: URL, share: Double = 1) async throws -> MetaNetworkService {
        var configuration = ServerConfiguration()
        configuration.tracing = .init(endpoint: endpoint)
        configuration.tracing?.share = share
        return try await fixture.service(configuration)
    }

    /// Sends what a service's requests left, while something else is done.
    private func exporting(
        _ service: MetaNetworkService,
        _ log: InMemoryLogHandler = InMemoryLogHandler(),
        timeout: TimeAmount = .seconds(30),
        _ body: () async throws -> Void
    ) async throws {
        let spans = try #require(service.spans)
        let exporter = OTLPExporter(
            tracer: spans.tracer,
            endpoint: spans.endpoint,
            logger: Logger(label: "test") { _ in log },
            interval: .milliseconds(5),
            timeout: timeout
        )
        let task = Task { try await exporter.run() }
        defer { task.cancel() }
        try await body()
    }

    private func ask(_ client: some TestClientProtocol, _ headers: HTTPFields = [:]) async throws -> TestResponse {
        try await client.execute(
            uri: "/v1/models/movies/parameters",
            method: .post,
            headers: headers,
            body: ByteBuffer(string: parametersRequest())
        )
    }

    @Test("reach the collector in the caller's trace, with the parts of the request by Triton's names")
    func parts() async throws {
        try await fixture.publish("v1")
        try await collector.run { endpoint in
            let service = try await service(endpoint)
            let before = DefaultTracerClock.now.nanosecondsSinceEpoch
            try await service.application().test(.router) { client in
                var headers: HTTPFields = [.requestID: "the-callers-id"]
                headers[try #require(HTTPField.Name("traceparent"))] = caller
                headers[try #require(HTTPField.Name("tracestate"))] = "rojo=1"
                #expect(try await ask(client, headers).status == .ok)
            }
            try await exporting(service) { try await eventually { try collector.spans.count == 5 } }
            let spans = try collector.spans
            #expect(spans.allSatisfy { $0.traceId == "4bf92f3577b34da6a3ce929d0e0e4736" && $0.traceState == "rojo=1" })
            let request = try #require(spans.first { $0.kind == 2 })
            #expect(request.parentSpanId == "00f067aa0ba902b7")
            #expect(request.name == "POST /v1/models/{model}/parameters" && request.status == nil)
            #expect(request["http.response.status_code"] == "200")
            #expect(request["http.request.header.x-request-id"] == "the-callers-id")
            #expect(try request.start >= before)
            let parts = spans.filter { $0.kind == 1 }
            #expect(parts.map(\.name) == ["compute_input", "queue", "compute_infer", "compute_output"])
            var last = try request.start
            for part in parts {
                #expect(part.parentSpanId == request.spanId)
                #expect(try part.start >= last && part.end >= part.start && part.end <= request.end)
                last = try part.end
            }
        }
    }

    @Test("begin a trace where the caller has none, and are left out where it is not sampled, or for a probe")
    func sampling() async throws {
        try await fixture.publish("v1")
        try await collector.run { endpoint in
            let service = try await service(endpoint)
            let quiet = try await self.service(endpoint, share: 0)
            for service in [service, quiet] {
                try await service.application().test(.router) { client in
                    for header in [String(caller.dropLast(2)) + "00", "not a parent"] {
                        var headers: HTTPFields = [:]
                        headers[try #require(HTTPField.Name("traceparent"))] = header
                        #expect(try await ask(client, headers).status == .ok)
                    }
                    for path in [
                        "/healthz", "/readyz", "/readyz/movies", "/v2/health/ready", "/v2/models/movies/ready",
                    ] {
                        _ = try await client.execute(uri: path, method: .get)
                    }
                    #expect(try await client.execute(uri: "/nothing", method: .get).status == .notFound)
                }
            }
            #expect(try #require(quiet.spans).tracer.buffer.take(100).isEmpty)
            let left = try #require(service.spans).tracer.buffer.take(100)
            #expect(
                left.map(\.name) == ["compute_input", "queue", "compute_infer", "compute_output"]
                    + ["POST /v1/models/{model}/parameters", "GET NotFound"]
            )
            #expect(left.allSatisfy { $0.trace.traceID != "4bf92f3577b34da6a3ce929d0e0e4736" })
        }
    }

    @Test("are all that a collector costs that is down: requests are answered, and the log says it once")
    func down() async throws {
        try await fixture.publish("v1")
        // Nothing listens on the port of discarded packets.
        let service = try await service(try #require(URL(string: "http://127.0.0.1:9/v1/traces")))
        let log = InMemoryLogHandler()
        try await service.application().test(.router) { client in
            try await exporting(service, log, timeout: .milliseconds(200)) {
                for _ in 0..<4 {
                    #expect(try await ask(client).status == .ok)
                    try await eventually { service.spans?.tracer.buffer.isEmpty == true }
                }
                try await eventually { !log.entries.isEmpty }
            }
        }
        #expect(log.entries.map(\.level) == [.error])
        #expect(ServerFixture.metrics.text.contains("metanetwork_spans_total{result=\"dropped\"}"))
    }

    @Test("are sent again once the collector takes them, which the log says too")
    func recovering() async throws {
        try await fixture.publish("v1")
        let collector = SpanCollector(answers: [.internalServerError, .tooManyRequests])
        try await collector.run { endpoint in
            let (service, log) = (try await service(endpoint), InMemoryLogHandler())
            try await service.application().test(.router) { client in
                try await exporting(service, log) {
                    try await eventually {
                        #expect(try await ask(client).status == .ok)
                        return try !collector.spans.isEmpty
                    }
                    // The collector has the spans before the service has its answer.
                    try await eventually { log.entries.count == 2 }
                }
            }
            #expect(log.entries.map(\.level) == [.error, .notice])
            #expect(log.entries.first?.metadata["error"] == "HTTP status 500")
        }
    }

    @Test("that nobody takes are kept up to a limit")
    func limit() {
        let tracer = OTLPTracer()
        for _ in 0..<SpanBuffer.limit + 10 { tracer.startSpan("x").end() }
        #expect(tracer.buffer.take(SpanBuffer.limit * 2).count == SpanBuffer.limit && tracer.buffer.isEmpty)
        let span = tracer.startSpan("y")
        span.recordError(CancellationError())
        span.end()
        span.end()
        let left = tracer.buffer.take(10)
        #expect(left.count == 1 && left.first?.status?.code == .error)
    }
}
