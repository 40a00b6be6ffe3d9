import Foundation
import MetaNetworkData
import MetaNetworkServer
import MetaNetworkSettings

extension ServeSettings {
    /// Who needs a token, and what signs it.
    ///
    /// - Parameter environment: `METANETWORK_APP_KEYS` has the app keys where no file has them.
    /// - Throws: ``ConfigurationError`` where something is missing, or two settings do not go together.
    package func authentication(environment: [String: String]) throws -> ServerConfiguration.Authentication {
        if insecure {
            try refuseTokenSettings()
            return .none
        }
        let keys = environment["METANETWORK_APP_KEYS"].flatMap { $0.isEmpty ? nil : $0 }
        let appKeys: ServerConfiguration.AppKeySource
        switch (appKeyFile, keys) {
        case (let file?, nil): appKeys = .file(URL(fileURLWithPath: file))
        case (nil, let keys?): appKeys = .these(keys.split(separator: ",").map(String.init))
        case (_?, _?):
            throw ConfigurationError(
                "app keys stand in METANETWORK_APP_KEYS and in --app-key-file; keep one of the two"
            )
        case (nil, nil):
            throw ConfigurationError(
                "there are no app keys: give --app-key-file or set METANETWORK_APP_KEYS (16 characters or more each, commas "
                    + "between them), or try the service out on this machine with --insecure"
            )
        }
        guard signingKey != nil || ephemeralSigningKey else {
            throw ConfigurationError(
                "there is no --signing-key, so apps could not pin one: make it with metanetwork keys new FILE, or say "
                    + "--ephemeral-signing-key where no app does"
            )
        }
        var tokens = ServerConfiguration.Tokens(
            appKeys: appKeys,
            secrets: tokenSecretFiles.map { .files($0.map { URL(fileURLWithPath: $0) }) } ?? .ofThisProcess,
            denyFile: denyFile.map { URL(fileURLWithPath: $0) }
        )
        tokens.leastStanding = deviceProof == .key ? .key : .claimed
        return .tokens(tokens)
    }

    /// A list that nobody looks at must not seem to work.
    private func refuseTokenSettings() throws {
        let given = [
            ("--app-key-file", appKeyFile != nil), ("--token-secret-file", tokenSecretFiles != nil),
            ("--deny-file", denyFile != nil), ("--device-proof", deviceProof != .none),
        ].filter(\.1).map(\.0)
        guard given.isEmpty else {
            throw ConfigurationError(
                "with --insecure nobody has a token; leave it out, or \(given.joined(separator: ", "))"
            )
        }
    }
}

/// What a device must show.
package enum DeviceProofChoice: String, Sendable, CaseIterable, SettingChoice {
    /// Nothing but the app's key.
    case none
    /// That it has the key that its id was made of.
    case key
}

extension ServeSettings.Settings {
    package static let deviceProof = Setting(
        "device-proof",
        \ServeSettings.deviceProof,
        help: "What devices must show: none, or the key that their id was made of, which apps of release 0.1 have not"
    )
    package static let appKeyRate = Setting(
        "app-key-rate",
        \ServeSettings.server.limits.appKeyRate.perSecond,
        in: 1e-6...1e9,
        help: "Tokens a second for all devices with one app key, in the long run"
    )
    package static let addressTokenRate = Setting(
        "address-token-rate",
        \ServeSettings.server.limits.addressTokenRate,
        in: 0...1e9,
        help: "Tokens a second for one address, this machine's own aside; 0 sets no limit, as behind a proxy"
    )
}
