import Foundation

/// Where the service is and what its routes are called.
struct ServiceAddress: Sendable {
    private let server: URL
    private let model: String

    /// Checks the address and the model's name.
    ///
    /// - Throws: ``ClientError/invalidModelName(_:)`` or ``ClientError/insecureServer(_:)``.
    init(_ server: URL, model: String, trust: Trust) throws(ClientError) {
        let isPlain = { (byte: UInt8) in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || [45, 46, 95].contains(byte)
        }
        guard (1...64).contains(model.utf8.count), model.utf8.allSatisfy(isPlain), !model.hasPrefix(".") else {
            throw .invalidModelName(model)
        }
        self.server = server
        self.model = model
        let isLocal = server.host.map { ["localhost", "127.0.0.1", "::1"].contains($0) } == true
        switch (server.scheme?.lowercased(), trust) {
        case ("https", _), ("http", .unsigned): break
        case ("http", .keys) where isLocal: break
        default: throw .insecureServer(server.absoluteString)
        }
    }

    var manifest: URL { route("models", model) }
    var parameters: URL { route("models", model, "parameters") }
    var events: URL { route("models", model, "events") }
    /// What this device shared, of all models.
    var ownEvents: URL { route("devices", "me", "events") }
    var tokens: URL { route("tokens") }

    func file(_ file: BundleFile, version: String) -> URL { route("models", model, "versions", version, file.route) }

    private func route(_ parts: String...) -> URL {
        parts.reduce(server.appendingPathComponent("v1")) { $0.appendingPathComponent($1) }
    }
}
