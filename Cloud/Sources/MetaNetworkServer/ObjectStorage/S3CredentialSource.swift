import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Where the keys for S3 come from, in this order: the environment, the endpoint of a container (ECS, EKS), the machine's (EC2, IMDSv2).
///
/// Keys that end are fetched anew five minutes before.
actor S3CredentialSource {
    private enum Origin {
        case environment(S3Credentials)
        case container(URL, token: String?, tokenFile: String?)
        case machine(URL)
    }

    private let origin: Origin
    private var known: S3Credentials?

    /// Time before their end at which keys are fetched anew.
    private static let margin: TimeInterval = 300
    /// How long an endpoint on this machine may take: elsewhere there is none, and nothing answers.
    private static let limit = TimeAmount.seconds(2)
    /// The most that an endpoint says.
    private static let size = 1 << 16

    /// Finds where the keys are; none are fetched yet.
    ///
    /// - Parameter environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`; `AWS_CONTAINER_CREDENTIALS_FULL_URI` or
    ///   `…_RELATIVE_URI` with `AWS_CONTAINER_AUTHORIZATION_TOKEN` or `…_TOKEN_FILE`; `AWS_EC2_METADATA_SERVICE_ENDPOINT` and
    ///   `AWS_EC2_METADATA_DISABLED`.
    /// - Throws: ``ConfigurationProblem``, which repeats no secret.
    init(environment: [String: String]) throws(ConfigurationProblem) { origin = try Self.origin(environment) }

    private static func origin(_ environment: [String: String]) throws(ConfigurationProblem) -> Origin {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let (access, secret) = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"))
        if let access, let secret {
            let token = value("AWS_SESSION_TOKEN")
            return .environment(S3Credentials(accessKey: access, secretKey: secret, token: token))
        }
        guard access == nil, secret == nil else {
            let missing = access == nil ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY"
            throw ConfigurationProblem("\(missing) is missing: the keys for S3 are two, give both or neither")
        }
        let relative = value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").map { "http://169.254.170.2\($0)" }
        if let text = relative ?? value("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            guard let url = URL(string: text), isTrusted(url) else {
                throw ConfigurationProblem(
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI is no endpoint of a container's keys: give https, or an address of this machine"
                )
            }
            let file = value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
            return .container(url, token: value("AWS_CONTAINER_AUTHORIZATION_TOKEN"), tokenFile: file)
        }
        let machine = value("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254"
        guard value("AWS_EC2_METADATA_DISABLED")?.lowercased() != "true", let url = URL(string: machine) else {
            throw ConfigurationProblem(missing)
        }
        return .machine(url)
    }

    /// Keys that hold for some minutes.
    ///
    /// - Parameter refused: Those that a server took for ended.
    /// - Throws: ``ObjectStoreError``.
    func current(insteadOf refused: S3Credentials? = nil) async throws -> S3Credentials {
        if case .environment(let credentials) = origin { return credentials }
        if let known, known != refused, known.expires.map({ $0.timeIntervalSinceNow > Self.margin }) != false {
            return known
        }
        do {
            let fetched = try await fetch()
            known = fetched
            return fetched
        } catch let error as ObjectStoreError {
            // What is to end soon still holds.
            if let known, known != refused, known.expires.map({ $0.timeIntervalSinceNow > 0 }) != false { return known }
            throw error
        }
    }

    private static let missing =
        "there are no keys for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the container or the machine a role"

    /// A token is sent there: over TLS, or to this machine and to what ECS and EKS put beside it.
    private static func isTrusted(_ url: URL) -> Bool {
        guard let host = url.host() else { return false }
        let near = ["localhost", "127.0.0.1", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"]
        return url.scheme == "https" || url.scheme == "http" && near.contains(host)
    }

    private func fetch() async throws -> S3Credentials {
        switch origin {
        case .environment(let credentials): return credentials
        case .container(let url, let token, let file): return try await fetch(fromContainer: url, token, file)
        case .machine(let url): return try await fetch(fromMachine: url)
        }
    }

    private func fetch(fromContainer url: URL, _ token: String?, _ file: String?) async throws -> S3Credentials {
        var headers: [(String, String)] = []
        if let file {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw ObjectStoreError("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read: give a file that can be")
            }
            let text = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace).first ?? ""
            headers = [("authorization", String(text))]
        } else if let token {
            headers = [("authorization", token)]
        }
        guard let data = try? await ask(url.absoluteString, headers), let credentials = S3Credentials(json: data) else {
            throw ObjectStoreError(
                "the container's endpoint gives no keys for S3: look at the role that the container has",
                isOutage: true
            )
        }
        return credentials
    }

    private func fetch(fromMachine url: URL) async throws -> S3Credentials {
        let base = url.absoluteString.hasSuffix("/") ? String(url.absoluteString.dropLast()) : url.absoluteString
        let roles = "\(base)/latest/meta-data/iam/security-credentials/"
        let seconds = [("x-aws-ec2-metadata-token-ttl-seconds", "21600")]
        guard let session = try? await ask("\(base)/latest/api/token", seconds, method: .PUT) else {
            throw ObjectStoreError(Self.missing)
        }
        let headers = [("x-aws-ec2-metadata-token", String(decoding: session, as: UTF8.self))]
        guard let names = try? await ask(roles, headers),
            let role = String(decoding: names, as: UTF8.self).split(separator: "\n").first,
            let data = try? await ask(roles + S3Signature.encoded(String(role)), headers),
            let credentials = S3Credentials(json: data)
        else { throw ObjectStoreError("this machine has no role that gives keys for S3: give it one") }
        return credentials
    }

    /// What an endpoint says; an error for all but status 200.
    private func ask(_ url: String, _ headers: [(String, String)], method: HTTPMethod = .GET) async throws -> Data {
        var request = HTTPClientRequest(url: url)
        (request.method, request.headers) = (method, HTTPHeaders(headers))
        let answer = try await S3Store.client.execute(request, timeout: Self.limit)
        let body = try await answer.body.collect(upTo: Self.size)
        guard answer.status == .ok else { throw ObjectStoreError("HTTP status \(answer.status.code)") }
        return Data(body.readableBytesView)
    }
}
