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
            guard let token = request.bearerToken, let holder = await access.tokens.holder(of: token) else {
                throw ProblemResponse(
                    .unauthorized,
                    "token-needed",
                    "the request has no token, or one that is forged or has ended",
                    field: "Authorization",
                    fix: "get a token from POST /v1/tokens and send it as 'Authorization: Bearer …'"
                )
            }
            if access.lists.denies(device: holder.device) { throw ProblemResponse.deniedDevice }
            // Who lost its key may still have deleted what it shared.
            if holder.standing < access.leastStanding, request.method != .delete {
                throw ProblemResponse.unprovenDevice
            }
            context.device = holder.device
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
    let proofs: DeviceProofs
    /// What a device must have shown.
    let leastStanding: DeviceStanding
}
