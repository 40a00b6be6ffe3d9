import HTTPTypes
import Hummingbird
import Logging
import Tracing

/// Gives each request an id, which its answer, its problem and its log lines name, and a span where requests are traced.
struct RequestIdentity: RouterMiddleware {
    typealias Context = ServerContext

    /// Makes the spans; `nil` makes none.
    let tracer: (any Tracer)?

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        context.requestID = Self.id(request.headers[.requestID])
        context.logger[metadataKey: "hb.request.id"] = "\(context.requestID)"
        if let tracer, !Self.isProbe(request.uri.path) {
            let trace = RequestTrace(request, tracer)
            if let own = trace.span.context.trace {
                context.logger[metadataKey: "trace_id"] = "\(own.traceID)"
                context.logger[metadataKey: "span_id"] = "\(own.spanID)"
            }
            context.trace = trace
        }
        do {
            var response = try await next(request, context)
            response.headers[.requestID] = context.requestID
            end(request, context, response.status.code, start)
            return response
        } catch {
            // What is no HTTP is answered outside, and says 400.
            end(request, context, 400, start)
            throw error
        }
    }

    private func end(_ request: Request, _ context: ServerContext, _ status: Int, _ start: ContinuousClock.Instant) {
        context.trace?.end(request.method, context.endpointPath, status, context.requestID)
        context.logger.debug(
            "request",
            metadata: [
                "method": "\(request.method.rawValue.cut(toBytes: 20))", "route": "\(context.endpointPath ?? "none")",
                "status": "\(status)", "seconds": "\((ContinuousClock.now - start) / .seconds(1))",
            ]
        )
    }

    /// What the client calls the request, where others can read it; a new id otherwise.
    static func id(_ header: String?) -> String {
        if let header, (1...128).contains(header.utf8.count), header.utf8.allSatisfy(isGood) { return header }
        return UInt64.random(in: 0...UInt64.max).hexadecimal + UInt64.random(in: 0...UInt64.max).hexadecimal
    }

    private static func isGood(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// Load balancers ask every few seconds: nobody wants to see that in traces.
    private static func isProbe(_ path: String) -> Bool {
        path == "/healthz" || path.hasPrefix("/readyz") || path.hasPrefix("/v2/health/")
            || path.hasPrefix("/v2/models/") && path.hasSuffix("/ready")
    }
}

extension HTTPField.Name {
    /// The request's id, in the request and in the answer.
    static let requestID: Self = {
        guard let name = Self("X-Request-Id") else { preconditionFailure("'X-Request-Id' is no header name") }
        return name
    }()
}
