import Foundation
import MetaNetwork

/// The service's endpoints, one method each. Answers are checked for size and status here, for truth by who asked.
actor CloudService {
    private let address: ServiceAddress
    private let transport: any Transport
    private let limits: Limits
    private let time: any TimeSource
    private var tokens: TokenSource

    /// Maximum size of the body of an answer that is no file, in bytes.
    private static let smallAnswer = 64 << 10
    /// Longest wait for a small answer and for a file, in seconds.
    private static let timeout = (small: 30.0, file: 600.0)

    init(
        _ address: ServiceAddress,
        transport: any Transport,
        tokens: TokenSource,
        limits: Limits,
        time: any TimeSource
    ) {
        self.address = address
        self.transport = transport
        self.tokens = tokens
        self.limits = limits
        self.time = time
    }

    /// A manifest as it came.
    struct ManifestAnswer: Sendable {
        let body: Data
        let signature: String?
        let entityTag: String?
    }

    /// An answer to a request for parameters.
    enum ParametersAnswer: Sendable {
        case generated(body: Data, signature: String?)
        /// The version is no longer served.
        case versionGone
    }

    /// The manifest of the current version; `nil` where the tag still fits.
    func manifest(unless entityTag: String?) async throws -> ManifestAnswer? {
        var request = small("GET", address.manifest, limit: max(limits.manifestBytes, Self.smallAnswer))
        if let entityTag { request.headers["If-None-Match"] = entityTag }
        let response = try await send(request)
        if response.status == 304, entityTag != nil { return nil }
        guard response.status == 200 else { throw refusal(response) }
        return ManifestAnswer(
            body: response.body,
            signature: response.header(ResponseSignature.header),
            entityTag: response.header("ETag").flatMap { $0.utf8.count <= 256 ? $0 : nil }
        )
    }

    /// Fetches a file of a version.
    ///
    /// - Parameters:
    ///   - file: Which one.
    ///   - manifest: The version's manifest, which says how large it is.
    ///   - url: Where to put it; `nil` for memory.
    func fetch(_ file: BundleFile, of manifest: BundleManifest, to url: URL?) async throws -> Data {
        let bytes = min(try file.entry(in: manifest).bytes, file.limit(limits))
        let request = TransportRequest(
            method: "GET",
            url: address.file(file, version: manifest.version),
            // An error's text must be readable too, however small the file.
            limit: max(bytes, Self.smallAnswer),
            file: url,
            timeout: Self.timeout.file
        )
        let response = try await send(request)
        guard response.status == 200 else { throw refusal(response) }
        guard let url else { return response.body }
        guard let data = try BoundedFile.read(url, limit: file.limit(limits)) else {
            throw ClientError.storage(reason: "\(file.name) was removed while it was fetched")
        }
        return data
    }

    /// Asks for personal weights.
    func parameters(_ message: ParametersRequest) async throws -> ParametersAnswer {
        let response = try await send(
            try post(message, to: address.parameters, limit: max(limits.parametersBytes, Self.smallAnswer))
        )
        switch response.status {
        case 200: return .generated(body: response.body, signature: response.header(ResponseSignature.header))
        case 409: return .versionGone
        default: throw refusal(response)
        }
    }

    /// Shares samples; returns once the service has stored them.
    func share(_ samples: [SampleEvents.Event]) async throws {
        let response = try await send(try post(SampleEvents(events: samples), to: address.events))
        guard (200..<300).contains(response.status) else { throw refusal(response) }
    }

    /// Forgets the token, which names the device.
    func forgetDevice() { tokens.forget() }

    /// Has the service delete what a device shared. One that keeps no events, or does not know devices, has nothing to delete.
    ///
    /// - Parameter device: The id that the device had.
    func deleteEvents(of device: String) async throws {
        guard let token = try await bearer(tokens.next(for: device)) else { return }
        let response = try await exchange(small("DELETE", address.ownEvents), token.token)
        guard (200..<300).contains(response.status) || [404, 405].contains(response.status) else {
            throw refusal(response)
        }
    }
}

extension CloudService {
    /// Sends a request with a token; after a 401 once more with a new one.
    private func send(_ request: TransportRequest) async throws -> TransportResponse {
        guard let token = try await bearer(fresh: false) else { return try await exchange(request) }
        let response = try await exchange(request, token)
        guard response.status == 401, let fresh = try await bearer(fresh: true) else { return response }
        return try await exchange(request, fresh)
    }

    private func bearer(fresh: Bool) async throws -> String? {
        if !fresh, let token = tokens.known(now: time.now()) { return token }
        let token = try await bearer(tokens.next())
        if let token { tokens.keep(token) }
        return token?.token
    }

    private func bearer(_ source: TokenSource.Next) async throws -> DeviceToken? {
        switch source {
        case .none: return nil
        case .provider(let provider): return DeviceToken(token: try await provider(), expires: .max)
        case .exchange(let key, let message):
            let response = try await exchange(try post(message, to: address.tokens), key)
            guard response.status == 200 else { throw refusal(response) }
            guard let token = try? JSONDecoder().decode(DeviceToken.self, from: response.body) else {
                throw ClientError.unusable(what: "the token", reason: "the answer is no token")
            }
            return token
        }
    }

    private func exchange(_ request: TransportRequest, _ token: String? = nil) async throws -> TransportResponse {
        var request = request
        if let token { request.headers["Authorization"] = "Bearer \(token)" }
        do {
            return try await transport.send(request)
        } catch {
            throw ClientError(error)
        }
    }

    private func small(_ method: String, _ url: URL, limit: Int = smallAnswer) -> TransportRequest {
        TransportRequest(method: method, url: url, limit: limit, timeout: Self.timeout.small)
    }

    private func post(
        _ message: some Encodable,
        to url: URL,
        limit: Int = smallAnswer
    ) throws -> TransportRequest {
        var request = small("POST", url, limit: limit)
        request.body = try JSONEncoder().encode(message)
        request.headers["Content-Type"] = "application/json"
        return request
    }

    private func refusal(_ response: TransportResponse) -> ServiceRefusal {
        let problem =
            response.body.count <= Self.smallAnswer
            ? try? JSONDecoder().decode(Problem.self, from: response.body) : nil
        let wait = response.header("Retry-After").flatMap { RetryAfter.seconds($0, now: time.now()) }
        return ServiceRefusal(
            error: .refused(
                status: response.status,
                detail: String((problem?.detail ?? "no problem document").prefix(500)),
                fix: problem?.fix.map { String($0.prefix(500)) }
            ),
            wait: [429, 503].contains(response.status) ? wait : nil
        )
    }
}

/// An error of the service and how long it asks to wait, in seconds.
struct ServiceRefusal: Error {
    let error: ClientError
    let wait: Int?
}
