import HTTPTypes
import Hummingbird
import Metrics
import Tracing

/// The span of a request, to which its parts are added. They are called as Triton calls them: `queue`, `compute_input`,
/// `compute_infer`, `compute_output`.
struct RequestTrace: Sendable {
    let span: any Span
    private let tracer: any Tracer
    /// Parts are timed by the clock that nobody sets, and told in the time of day: what the two said at the same moment.
    private let start: (steady: ContinuousClock.Instant, day: UInt64)

    /// Begins a request's span.
    init(_ request: Request, _ tracer: any Tracer) {
        var context = ServiceContext.topLevel
        tracer.extract(request.headers, into: &context, using: HeaderExtractor())
        let now = DefaultTracerClock.now
        start = (.now, now.nanosecondsSinceEpoch)
        self.tracer = tracer
        span = tracer.startSpan(request.method.rawValue, context: context, ofKind: .server, at: now)
    }

    /// Adds a part.
    func add(_ part: String, from begin: ContinuousClock.Instant, to end: ContinuousClock.Instant) {
        guard span.isRecording else { return }
        let part = tracer.startSpan(part, context: span.context, ofKind: .internal, at: instant(begin))
        part.end(at: instant(end))
    }

    /// Ends the span, with what became of the request.
    ///
    /// - Parameters:
    ///   - method: The request's.
    ///   - route: The route, not the path: that may hold anything. `nil` where there is none.
    ///   - status: The answer's.
    ///   - id: The request's id.
    func end(_ method: HTTPRequest.Method, _ route: String?, _ status: Int, _ id: String) {
        guard span.isRecording else { return }
        span.operationName = [method.rawValue, route].compactMap(\.self).joined(separator: " ")
        span.updateAttributes { attributes in
            attributes["http.request.method"] = method.rawValue
            if let route { attributes["http.route"] = route }
            attributes["http.response.status_code"] = status
            attributes["http.request.header.x-request-id"] = id
        }
        if status >= 500 { span.setStatus(SpanStatus(code: .error)) }
        span.end()
    }

    private func instant(_ steady: ContinuousClock.Instant) -> DefaultTracerClock.Timestamp {
        let nanoseconds = Int64((steady - start.steady) / .nanoseconds(1))
        return DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: start.day.advanced(by: Int(nanoseconds)))
    }
}

private struct HeaderExtractor: Extractor {
    func extract(key: String, from headers: HTTPFields) -> String? {
        guard let name = HTTPField.Name(key) else { return nil }
        return headers[name]
    }
}

extension ServerContext {
    /// Notes the parts of a request's turn: for metrics, and as spans where the request is traced.
    ///
    /// - Parameters:
    ///   - reading: When the request's body was there; it was then checked and looked up, and waited for its batch.
    ///   - times: Of its batch.
    func note(since reading: ContinuousClock.Instant, _ times: BatchTimes) {
        Self.inputSeconds.record(duration: times.queued - reading)
        guard let trace else { return }
        trace.add("compute_input", from: reading, to: times.queued)
        trace.add("queue", from: times.queued, to: times.started)
        trace.add("compute_infer", from: times.started, to: times.inferred)
        trace.add("compute_output", from: times.inferred, to: times.finished)
    }

    private static let inputSeconds = Metrics.Timer(.computeInputSeconds)
}
