import HTTPTypes
import Hummingbird
import NIOCore

/// Finds out which device asks, and how often it may.
struct DeviceMiddleware: RouterMiddleware {
    typealias Context = ServerContext

    /// `nil` where tokens are not needed.
    let tokens: TokenAuthority?
    let limiter: RateLimiter

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let tokens {
            guard let token = request.bearerToken, let device = await tokens.device(of: token) else {
                throw ProblemResponse(
                    .unauthorized,
                    "token-needed",
                    "the request has no token, or one that is forged or has ended",
                    field: "Authorization",
                    fix: "get a token from POST /v1/tokens and send it as 'Authorization: Bearer …'"
                )
            }
            context.device = device
        }
        if let seconds = limiter.admit(tokens == nil ? nil : context.device) {
            throw ProblemResponse(
                .tooManyRequests,
                "too-many-requests",
                "the device, or all of them together, asked too often",
                fix: "wait as Retry-After says",
                retryAfter: seconds
            )
        }
        return try await next(request, context)
    }
}

extension Request {
    /// The token of `Authorization: Bearer …`.
    var bearerToken: String? {
        guard let value = headers[.authorization], value.hasPrefix("Bearer ") else { return nil }
        return String(value.dropFirst(7))
    }

    /// The body, or a problem where it is longer than the limit.
    func bytes(upTo limit: Int) async throws -> [UInt8] {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Self.tooLarge(limit) }
        do {
            let buffer = try await body.collect(upTo: limit)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Self.tooLarge(limit)
        }
    }

    private static func tooLarge(_ limit: Int) -> ProblemResponse {
        ProblemResponse(
            .contentTooLarge,
            "body-too-large",
            "the body has more than \(limit) bytes",
            fix: "send fewer samples at a time"
        )
    }
}
