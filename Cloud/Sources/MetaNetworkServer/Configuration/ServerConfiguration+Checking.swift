import Foundation

extension ServerConfiguration {
    /// Checks the settings.
    ///
    /// - Throws: ``ConfigurationProblem``.
    func validate() throws(ConfigurationProblem) {
        try checkDevices()
        try checkOperators()
        try checkRates()
        try checkQuality()
        guard batching.batchSize > 0, batching.queueLimit > 0 else {
            throw ConfigurationProblem("batch size and queue limit must be 1 or more")
        }
        guard limits.connections > 0, limits.connectionsPerAddress >= 0 else {
            throw ConfigurationProblem(
                "the number of connections must be 1 or more, of one address 0 (no limit) or more"
            )
        }
        guard retention.days > 0, retention.share > 0, retention.share <= 1 else {
            throw ConfigurationProblem(
                "events are kept for 1 day or more; the share deleted at once is above 0, at most 1"
            )
        }
        if let filesURL {
            guard filesURL.scheme == "https" || filesURL.scheme == "http", filesURL.host() != nil,
                filesURL.query() == nil,
                filesURL.absoluteString.utf8.count <= 1024
            else {
                throw ConfigurationProblem(
                    "devices cannot fetch files from '\(filesURL)'; give an address such as https://files.example.com/v1/files"
                )
            }
        }
        if let tracing {
            guard ["http", "https"].contains(tracing.endpoint.scheme), tracing.endpoint.host() != nil else {
                throw ConfigurationProblem(
                    "spans cannot be sent to '\(tracing.endpoint)'; give an address such as http://localhost:4318/v1/traces"
                )
            }
            guard (0...1).contains(tracing.share) else {
                throw ConfigurationProblem("the share of traced requests is \(tracing.share); give 0 to 1")
            }
        }
        guard (0...65_535).contains(address.port), (0...65_535).contains(adminAddress.map(\.port) ?? 0) else {
            throw ConfigurationProblem("a port is none; give 0 to 65535")
        }
    }

    private func checkDevices() throws(ConfigurationProblem) {
        switch authentication {
        case .none:
            guard address.isLoopback else {
                throw ConfigurationProblem(
                    "without tokens the service listens on loopback only, not on \(address.host); "
                        + "give app keys, or --host 127.0.0.1"
                )
            }
        case .tokens(let tokens):
            if case .these(let keys) = tokens.appKeys { _ = try AppKeys(keys) }
            if case .these(let secrets) = tokens.secrets { try Self.check(secrets) }
            guard tokens.leastStanding != .attested || tokens.attester != nil else {
                throw ConfigurationProblem(
                    "devices are to be attested, and there is nothing that checks it; give an attester"
                )
            }
            guard tls != nil || address.isLoopback || isBehindProxy else {
                throw ConfigurationProblem(
                    "app keys and tokens would come over plain HTTP on \(address.host), where others can read them; give "
                        + "--tls-certificate and --tls-key, or say --behind-proxy where something before the service ends TLS"
                )
            }
        }
    }

    /// Checks secrets that sign tokens: a short one can be guessed.
    static func check(_ secrets: [[UInt8]]) throws(ConfigurationProblem) {
        guard !secrets.isEmpty else { throw ConfigurationProblem("there is no token secret") }
        for secret in secrets where secret.count < 32 {
            throw ConfigurationProblem("a token secret has \(secret.count) bytes; give 32 random ones or more")
        }
    }

    private func checkOperators() throws(ConfigurationProblem) {
        guard let adminAddress, !adminAddress.isLoopback, adminTokenFile == nil else { return }
        throw ConfigurationProblem(
            "operators would need no token on \(adminAddress.host); give --admin-token-file, or --admin-host 127.0.0.1"
        )
    }

    private func checkQuality() throws(ConfigurationProblem) {
        guard (0...1).contains(holdOut.share) else {
            throw ConfigurationProblem("the share that is held out is \(holdOut.share); give 0 to 1")
        }
        if let stops = candidateStops {
            guard stops.leastDevices >= 2, stops.failedShare > 0, stops.failedShare < 1 else {
                throw ConfigurationProblem(
                    "a candidate is compared over 2 devices or more, and the share that may fail is above 0 and below 1"
                )
            }
        }
        if case .none = authentication, holdOut != .none || candidateStops != nil {
            throw ConfigurationProblem(
                "without tokens nobody tells devices apart, to hold some out or to judge a candidate by; give app keys"
            )
        }
    }

    private func checkRates() throws(ConfigurationProblem) {
        guard limits.addressTokenRate == 0 || (1e-6...1e9).contains(limits.addressTokenRate) else {
            throw ConfigurationProblem(
                "an address may ask for \(limits.addressTokenRate) tokens a second; give 1e-6 to 1e9, or 0 for no limit"
            )
        }
        let rates = [
            ("a device", limits.deviceRate), ("all devices", limits.overallRate), ("an app key", limits.appKeyRate),
        ]
        for (name, rate) in rates {
            // Outside of this, times until the next request are none that a clock can hold.
            guard (1e-6...1e9).contains(rate.perSecond), rate.burst.isFinite, rate.burst > 0 else {
                throw ConfigurationProblem(
                    "the rate of \(name) is \(rate.perSecond) requests a second, \(rate.burst) at once; "
                        + "give 1e-6 to 1e9 a second"
                )
            }
        }
    }
}
