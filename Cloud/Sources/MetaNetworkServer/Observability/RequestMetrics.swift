import Hummingbird
import Metrics
import Synchronization

/// Counts requests and times them, by route and status; nothing of a device.
struct RequestMetrics<Context: RequestContext>: RouterMiddleware {
    private let handlers = Handlers()

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response: Response
        do {
            response = try await next(request, context)
        } catch {
            // What is no HTTP is answered outside, and says 400.
            handlers.handler(route: context.endpointPath ?? "none", status: 400).requests.increment()
            throw error
        }
        let handler = handlers.handler(route: context.endpointPath ?? "none", status: response.status.code)
        handler.requests.increment()
        handler.seconds.record(duration: ContinuousClock.now - start)
        if let length = response.body.contentLength { handler.bytes.increment(by: length) }
        return response
    }

    /// The metrics of one route and status.
    private struct Handler {
        let requests: Counter
        let seconds: Metrics.Timer
        let bytes: Counter
    }

    /// Handlers by route and status, so that a request does not look metrics up by text. There are as many as routes times statuses.
    private final class Handlers: Sendable {
        private struct Key: Hashable {
            let route: String
            let status: Int
        }

        private let known = Mutex<[Key: Handler]>([:])

        // The route, not the path: that may hold anything.
        func handler(route: String, status: Int) -> Handler {
            known.withLock { known in
                let key = Key(route: route, status: status)
                if let handler = known[key] { return handler }
                let dimension = ("route", route)
                let handler = Handler(
                    requests: Counter(.requests, [dimension, ("status", String(status))]),
                    seconds: Metrics.Timer(.requestSeconds, [dimension]),
                    bytes: Counter(.responseBytes, [dimension])
                )
                known[key] = handler
                return handler
            }
        }
    }
}
