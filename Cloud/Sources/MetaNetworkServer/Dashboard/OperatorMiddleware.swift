import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// Keeps away from the operators' listener who is no operator, other sites' pages in an operator's browser among them.
struct OperatorMiddleware: RouterMiddleware {
    typealias Context = ServerContext

    /// SHA-256 of what operators must send; `nil` where they send nothing, on loopback.
    private let token: SHA256.Digest?
    /// Names by which the listener may be asked where there is no token, in lower case.
    private let names: Set<String>

    /// - Parameters:
    ///   - address: Where the listener is.
    ///   - token: What operators must send; `nil` on loopback.
    init(_ address: ServerConfiguration.Address, token: [UInt8]?) {
        self.token = token.map { SHA256.hash(data: $0) }
        names = ["localhost", "127.0.0.1", "[::1]", address.host.lowercased()]
    }

    /// Reads the token from a file.
    ///
    /// - Returns: `nil` where there is no file.
    /// - Throws: ``ConfigurationProblem`` where the file cannot be used.
    static func token(_ file: URL?) throws(ConfigurationProblem) -> [UInt8]? {
        guard let file else { return nil }
        let text: String
        do {
            text = String(decoding: try SecretFile(file).contents(), as: UTF8.self)
        } catch {
            throw ConfigurationProblem("the operators' token \(error)")
        }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard token.utf8.count >= 16 else {
            throw ConfigurationProblem("\(file.path): the operators' token needs 16 characters or more")
        }
        return [UInt8](token.utf8)
    }

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        // Probes have neither the token nor a name, and learn nothing but that the process lives.
        if request.uri.path != "/healthz" {
            try checkSender(request)
            if request.method == .post { try checkForm(request) }
        }
        return try await next(request, context)
    }

    private func checkSender(_ request: Request) throws {
        guard let token else {
            // A page of somebody else's that made its own name lead here is told from an operator by that name.
            guard let name = request.head.authority.map(Self.name), names.contains(name) else {
                throw ProblemResponse(
                    .forbidden,
                    "host-not-allowed",
                    "the listener is not known by this name",
                    field: "Host",
                    fix: "ask localhost or 127.0.0.1, or have the proxy set Host to that"
                )
            }
            return
        }
        guard let given = request.bearerToken, SHA256.hash(data: Data(given.utf8)) == token else {
            throw ProblemResponse(
                .unauthorized,
                "operator-token-needed",
                "the request has no token, or not the operators'",
                field: "Authorization",
                fix: "send what is in the file of --admin-token-file as 'Authorization: Bearer …'"
            )
        }
    }

    /// What another site's form can send is no JSON, and browsers say where a request comes from.
    private func checkForm(_ request: Request) throws {
        if let site = request.headers[.secFetchSite], !["same-origin", "none"].contains(site) {
            throw ProblemResponse(
                .forbidden,
                "other-site",
                "the request comes from another site's page",
                field: "Sec-Fetch-Site",
                fix: "use the dashboard's own pages"
            )
        }
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces)
        guard type?.lowercased() == "application/json" else {
            throw ProblemResponse(
                .unsupportedMediaType,
                "not-json",
                "the body is not said to be JSON",
                field: "Content-Type",
                fix: "send 'Content-Type: application/json'"
            )
        }
    }

    /// A host without its port, in lower case.
    private static func name(_ authority: String) -> String {
        let host = authority.lowercased()
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return String(host[...end]) }
        return String(host.prefix { $0 != ":" })
    }
}

extension HTTPField.Name {
    /// Whether a browser's request comes from the page's own site.
    fileprivate static let secFetchSite: Self = {
        guard let name = Self("Sec-Fetch-Site") else { preconditionFailure("'Sec-Fetch-Site' is no header name") }
        return name
    }()
}
