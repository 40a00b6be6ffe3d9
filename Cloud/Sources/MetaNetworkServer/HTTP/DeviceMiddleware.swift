import Hummingbird

/// Identifies the device that asks, and limits how often it may.
struct DeviceMiddleware: RouterMiddleware {
    typealias Context = ServerContext

    /// Who is let in; `nil` where tokens are not needed.
    let access: DeviceAccess?
    let limiter: RateLimiter

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let access {
            guard let token = request.bearerToken, let device = await access.tokens.device(of: token) else {
                throw ProblemResponse(
                    .unauthorized,
                    "token-needed",
                    "the request has no token, or one that is forged or has ended",
                    field: "Authorization",
                    fix: "get a token from POST /v1/tokens and send it as 'Authorization: Bearer …'"
                )
            }
            if access.lists.denies(device: device) { throw ProblemResponse.deniedDevice }
            context.device = device
        }
        if let seconds = limiter.admit(access == nil ? nil : context.device) {
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

/// What decides whether a device is let in.
struct DeviceAccess: Sendable {
    let tokens: TokenAuthority
    let lists: AccessLists
}
