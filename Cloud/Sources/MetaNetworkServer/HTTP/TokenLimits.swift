import HTTPTypes
import NIOCore

/// How many tokens are given for an app key, and to an address: the key stands in every copy of an app, so whoever has it can be any number
/// of devices, but no more of them in a second than this.
struct TokenLimits: Sendable {
    private let appKeys: RateLimiter
    /// `nil` where addresses do not count.
    private let addresses: RateLimiter?

    init(_ limits: ServerConfiguration.Limits) {
        appKeys = RateLimiter(
            device: RateLimiter.Rate(perSecond: limits.appKeyRate.perSecond, burst: limits.appKeyRate.burst),
            overall: .unlimited
        )
        let rate = limits.addressTokenRate
        addresses =
            rate > 0
            ? RateLimiter(device: RateLimiter.Rate(perSecond: rate, burst: 10 * rate), overall: .unlimited) : nil
    }

    /// Takes a token of both, or says what there is none of.
    ///
    /// - Parameters:
    ///   - appKey: A key of ours.
    ///   - address: Where the request came from; `nil` where it does not count.
    func check(appKey: String, address: String?, now: ContinuousClock.Instant = .now) throws(ProblemResponse) {
        if let address, let seconds = addresses?.admit(address, now: now) {
            throw Self.problem("from this address", seconds)
        }
        if let seconds = appKeys.admit(appKey, now: now) { throw Self.problem("with this app key", seconds) }
    }

    private static func problem(_ whose: String, _ seconds: Double) -> ProblemResponse {
        ProblemResponse(
            .tooManyRequests,
            "too-many-tokens",
            "tokens are asked for too often \(whose)",
            fix: "wait as Retry-After says, and keep the tokens that you have",
            retryAfter: seconds
        )
    }
}

extension Channel {
    /// The client's address; of IPv6 the network's half, for a client has all of the rest. `nil` where it is this machine's own, or none.
    var clientAddress: String? {
        guard let remote = remoteAddress, let said = remote.ipAddress else { return nil }
        // An address of IPv4 comes as one of IPv6 where the service listens for both.
        let mapped = "::ffff:"
        let address = said.hasPrefix(mapped) && said.contains(".") ? String(said.dropFirst(mapped.count)) : said
        guard address != "127.0.0.1", address != "::1" else { return nil }
        guard case .v6(let six) = remote, address == said else { return address }
        // Behind family, port and flow.
        let bytes = withUnsafeBytes(of: six.address) { Array($0[8..<16]) }
        return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "::/64"
    }
}
