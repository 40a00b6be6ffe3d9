import Foundation
import MetaNetwork

/// Where the service is and what its routes are called.
struct ServiceAddress: Sendable {
    private let server: URL
    private let model: String

    /// Checks the address and the model's name. Over plain HTTP credentials go nowhere but to this machine: others could read them.
    ///
    /// - Throws: ``ClientError/invalidModelName(_:)`` or ``ClientError/insecureServer(_:)``.
    init(_ server: URL, model: String, trust: Trust, credentials: Credentials) throws(ClientError) {
        guard BundleLayout.isModelName(model) else {
            throw .invalidModelName(model)
        }
        self.server = server
        self.model = model
        let isLocal = Self.isLocal(server)
        switch (server.scheme?.lowercased(), trust, credentials) {
        case ("https", _, _), ("http", .unsigned, .none): break
        case ("http", _, _) where isLocal: break
        default: throw .insecureServer(server.absoluteString)
        }
    }

    /// Where files are besides the service, as its header says; `nil` where they would come in plain over a network.
    static func files(_ header: String) -> URL? {
        guard header.utf8.count <= 1024, let url = URL(string: header), url.host != nil, url.user == nil else {
            return nil
        }
        switch url.scheme?.lowercased() {
        case "https": return url
        case "http": return isLocal(url) ? url : nil
        default: return nil
        }
    }

    private static func isLocal(_ url: URL) -> Bool {
        url.host.map { ["localhost", "127.0.0.1", "::1"].contains($0) } == true
    }

    var manifest: URL { route("models", model) }
    var parameters: URL { route("models", model, "parameters") }
    var answers: URL { route("models", model, "answers") }
    var events: URL { route("models", model, "events") }
    /// What this device shared, of all models.
    var ownEvents: URL { route("devices", "me", "events") }
    /// Joins a round of the model's federation.
    var turns: URL { route("models", model, "federation", "turns") }
    var tokens: URL { route("tokens") }
    var challenges: URL { route("challenges") }

    func file(_ file: BundleFile, version: String) -> URL { route("models", model, "versions", version, file.route) }

    func model(ofRound round: Int) -> URL { route("models", model, "federation", "rounds", String(round), "model") }

    func updates(ofRound round: Int) -> URL { route("models", model, "federation", "rounds", String(round), "updates") }

    private func route(_ parts: String...) -> URL {
        parts.reduce(server.appendingPathComponent("v1")) { $0.appendingPathComponent($1) }
    }
}
