import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// Sends spans to a collector: OTLP as JSON over HTTP, a message a second or as soon as there is more than one holds.
///
/// A collector that does not answer costs its spans, which are counted, and a line in the log when it begins; requests never wait for it.
struct OTLPExporter: Service {
    let tracer: OTLPTracer
    /// Where spans are posted, as a rule a collector's `/v1/traces`.
    let endpoint: URL
    let logger: Logger
    var interval: Duration = .seconds(1)
    /// How long a collector may take for its answer.
    var timeout = TimeAmount.seconds(5)

    /// Spans of a message; some 300 kB.
    private static let batchSize = 512

    func run() async throws {
        var works = true
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
            works = await send(works)
        }
    }

    /// Sends what waits, until there is none or the collector does not take it.
    ///
    /// - Parameter worked: Whether it took the last message.
    /// - Returns: Whether it takes messages.
    private func send(_ worked: Bool) async -> Bool {
        var works = worked
        while case let spans = tracer.buffer.take(Self.batchSize), !spans.isEmpty {
            let fault = await post(spans)
            tracer.buffer.count(spans.count, wereSent: fault == nil)
            if works != (fault == nil) {
                works = fault == nil
                if let fault {
                    logger.error("spans are dropped, the collector does not take them", metadata: ["error": "\(fault)"])
                } else {
                    logger.notice("the collector takes spans again")
                }
            }
            // What is in the queue waits for the next try: a message to a collector that is down can take its whole time.
            guard works else { break }
        }
        return works
    }

    /// Why the collector does not take spans; `nil` where it does.
    private func post(_ spans: [SpanRecord]) async -> String? {
        do {
            var request = HTTPClientRequest(url: endpoint.absoluteString)
            request.method = .POST
            request.headers = HTTPHeaders([("content-type", "application/json")])
            request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(OTLPDocument(spans, host: Host.name))))
            let answer = try await HTTPClient.shared.execute(request, timeout: timeout)
            // A connection whose answer was not read is not used again.
            _ = try await answer.body.collect(upTo: 1 << 20)
            return (200..<300).contains(answer.status.code) ? nil : "HTTP status \(answer.status.code)"
        } catch {
            return "\(error)"
        }
    }
}
