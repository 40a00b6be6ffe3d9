import Foundation
import Hummingbird
import MetaNetworkWire

/// `POST /v1/tokens`: exchanges an app's key for a device's token; `POST /v1/challenges`: for what a device signs to get one of its own.
struct TokenController {
    let access: DeviceAccess
    let limits: TokenLimits
    let limiter: RateLimiter

    func addRoutes(to group: RouterGroup<ServerContext>) {
        group.post("challenges") { request, context in
            try challenge(request, to: context.channel.clientAddress)
        }
        group.post("tokens") { request, context in try await give(request, to: context.channel.clientAddress) }
    }

    private func challenge(_ request: Request, to address: String?) throws -> Response {
        try limits.check(appKey: appKey(of: request), address: address)
        let challenge = access.proofs.challenges.issue(now: Int(Date().timeIntervalSince1970))
        return try .json(challenge, headers: [.cacheControl: "no-store"])
    }

    /// The app's key that a request bears.
    private func appKey(of request: Request) throws -> String {
        // Before anything is charged: whoever has no key uses up nobody's rate.
        guard let appKey = request.bearerToken, access.lists.admits(appKey: appKey) else {
            throw ProblemResponse(
                .unauthorized,
                "app-key-needed",
                "the app key is none of ours",
                field: "Authorization",
                fix: "send the app's key as 'Authorization: Bearer …'"
            )
        }
        return appKey
    }

    private func give(_ request: Request, to address: String?) async throws -> Response {
        try limits.check(appKey: appKey(of: request), address: address)
        // What platforms say of a device has some kilobytes.
        let body = try await request.bytes(upTo: 32 << 10)
        guard let wanted = try? JSONDecoder().decode(DeviceTokenRequest.self, from: Data(body)),
            ParametersRequest.isWord(wanted.device)
        else {
            throw ProblemResponse(
                .badRequest,
                "bad-request",
                "the device has no id, or a proof that is not as it must be",
                field: "device",
                fix: "send 8 to 64 letters, digits, - and _, and a proof as /openapi.json says, or none"
            )
        }
        if access.lists.denies(device: wanted.device) { throw ProblemResponse.deniedDevice }
        if let seconds = limiter.admit(wanted.device) {
            throw ProblemResponse(
                .tooManyRequests,
                "too-many-requests",
                "tokens were asked for too often",
                fix: "wait as Retry-After says",
                retryAfter: seconds
            )
        }
        let standing: DeviceStanding
        do {
            let now = Int(Date().timeIntervalSince1970)
            standing = try await access.proofs.standing(wanted.proof, of: wanted.device, now: now)
        } catch {
            throw ProblemResponse(
                .unprocessableContent,
                "device-proof",
                "the device's proof is none: \(error.reason)",
                field: "proof.\(error.field)",
                fix: error.fix
            )
        }
        let token = try await access.tokens.token(for: wanted.device, standing)
        return try .json(token, headers: [.cacheControl: "no-store"])
    }
}

extension ProblemResponse {
    /// The device has not shown what it must have.
    static let unprovenDevice = ProblemResponse(
        .forbidden,
        "device-unproven",
        "the token was given without a proof of the device",
        fix: "ask POST /v1/challenges, and send a proof to POST /v1/tokens"
    )

    /// The device is on the operator's deny list.
    static let deniedDevice = ProblemResponse(
        .forbidden,
        "device-denied",
        "the operator refuses this device",
        fix: "ask the operator; the same request will not be taken later"
    )
}
