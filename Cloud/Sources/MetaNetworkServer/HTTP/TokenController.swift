import Foundation
import Hummingbird
import MetaNetwork

/// `POST /v1/tokens`: exchanges an app's key for a device's token.
struct TokenController {
    let access: DeviceAccess
    let limiter: RateLimiter

    func addRoutes(to group: RouterGroup<ServerContext>) {
        group.post("tokens") { request, _ in try await give(request) }
    }

    private func give(_ request: Request) async throws -> Response {
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
        let body = try await request.bytes(upTo: 1024)
        guard let wanted = try? JSONDecoder().decode(DeviceTokenRequest.self, from: Data(body)),
            ParametersRequest.isWord(wanted.device)
        else {
            throw ProblemResponse(
                .badRequest,
                "bad-request",
                "the device has no id",
                field: "device",
                fix: "send 8 to 64 letters, digits, - and _"
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
        return try .json(await access.tokens.token(for: wanted.device), headers: [.cacheControl: "no-store"])
    }
}

extension ProblemResponse {
    /// The device is on the operator's deny list.
    static let deniedDevice = ProblemResponse(
        .forbidden,
        "device-denied",
        "the operator refuses this device",
        fix: "ask the operator; the same request will not be taken later"
    )
}
