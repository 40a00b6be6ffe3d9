import Foundation
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
        return .tokens(
            ServerConfiguration.Tokens(
                appKeys: appKeys,
                secrets: tokenSecretFiles.map { .files($0.map { URL(fileURLWithPath: $0) }) } ?? .ofThisProcess,
                denyFile: denyFile.map { URL(fileURLWithPath: $0) }
            )
        )
    }

    /// A list that nobody looks at must not seem to work.
    private func refuseTokenSettings() throws {
        let given = [
            ("--app-key-file", appKeyFile != nil), ("--token-secret-file", tokenSecretFiles != nil),
            ("--deny-file", denyFile != nil),
        ].filter(\.1).map(\.0)
        guard given.isEmpty else {
            throw ConfigurationError(
                "with --insecure nobody has a token; leave it out, or \(given.joined(separator: ", "))"
            )
        }
    }
}
