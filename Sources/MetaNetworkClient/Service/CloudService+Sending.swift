import Foundation
import MetaNetworkWire

extension CloudService {
    /// Sends a request with a token; after a 401 once more with a new one.
    ///
    /// - Throws: ``ClientError/forgotten`` where the device was forgotten before the request could be sent.
    func send(_ request: TransportRequest) async throws -> TransportResponse {
        let asked = epoch
        guard let token = try await bearer(fresh: false, in: asked) else { return try await exchange(request) }
        let response = try await exchange(request, token)
        // The service has come to ask for a key of each device: one of an app of release 0.1 begins anew with one, others show theirs.
        var hasOther = response.status == 401
        if response.status == 403, refusal(response).word == "device-unproven" {
            hasOther = tokens.proveDevice(insteadOf: token)
        }
        guard hasOther, let fresh = try await bearer(fresh: true, in: asked) else { return response }
        return try await exchange(request, fresh)
    }

    /// - Parameter asked: The epoch that the request belongs to; a token of another one is not for it.
    private func bearer(fresh: Bool, in asked: Int) async throws -> String? {
        guard asked == epoch else { throw ClientError.forgotten }
        if !fresh, let token = tokens.known(now: time.now()) { return token }
        return try await nextToken(in: asked)?.token
    }

    /// A new token. One is fetched at a time: of two proofs that are under way together, the one that counts less may come last, and
    /// would look like that of a copy of the key.
    private func nextToken(in asked: Int) async throws -> DeviceToken? {
        if let fetch, fetch.epoch == asked {
            let token = try await fetch.task.value
            guard asked == epoch else { throw ClientError.forgotten }
            return token
        }
        let source = tokens.next()
        let task = Task { try await bearer(source) }
        fetch = (asked, task)
        defer { if fetch?.task == task { fetch = nil } }
        let token = try await task.value
        guard asked == epoch else { throw ClientError.forgotten }
        if let token { tokens.keep(token, of: source.device) }
        return token
    }

    /// A new token; `nil` where requests bear none.
    func bearer(_ source: TokenSource.Next) async throws -> DeviceToken? {
        switch source {
        case .none: return nil
        case .provider(let provider): return DeviceToken(token: try await provider(), expires: .max)
        case .exchange(let key, var message, let own):
            if let own { message.proof = try await proof(own, key) }
            var response = try await exchange(try post(message, to: address.tokens), key)
            // Another process of the app, as an extension, came first with a proof that counts more.
            if let own, response.status == 422, refusal(response).problem?.field == "proof.counter" {
                message.proof = try await proof(own, key)
                response = try await exchange(try post(message, to: address.tokens), key)
            }
            guard response.status == 200 else { throw refusal(response) }
            guard let token = try? JSONDecoder().decode(DeviceToken.self, from: response.body) else {
                throw ClientError.unusable(what: "the token", reason: "the answer is no token")
            }
            return token
        }
    }

    /// Shows that the device has its key; `nil` where the service, one of release 0.1, asks for nothing of the kind.
    private func proof(_ own: DeviceKey, _ appKey: String) async throws -> DeviceProof? {
        let response = try await exchange(small("POST", address.challenges), appKey)
        if [404, 405].contains(response.status) { return nil }
        guard response.status == 200 else { throw refusal(response) }
        guard let challenge = try? JSONDecoder().decode(DeviceChallenge.self, from: response.body) else {
            throw ClientError.unusable(what: "the challenge", reason: "the answer is no challenge")
        }
        do {
            return try own.proof(of: challenge.challenge, counter: tokens.nextProof(now: time.now()))
        } catch {
            throw ClientError.disk(error)
        }
    }

    func exchange(_ request: TransportRequest, _ token: String? = nil) async throws -> TransportResponse {
        var request = request
        request.headers[WireLabel.header] = WireLabel.all
        if request.headers[ClientRelease.header] == nil { request.headers[ClientRelease.header] = ClientRelease.text }
        // Else systems put words of their own there, which name the app and the system's release.
        request.headers["User-Agent"] = ClientRelease.text
        if let token { request.headers["Authorization"] = "Bearer \(token)" }
        do {
            return try await transport.send(request)
        } catch {
            throw ClientError(error)
        }
    }

    func small(_ method: String, _ url: URL, limit: Int = smallAnswer) -> TransportRequest {
        TransportRequest(method: method, url: url, limit: limit, timeout: Self.timeout)
    }

    func post(
        _ message: some Encodable,
        to url: URL,
        limit: Int = smallAnswer
    ) throws -> TransportRequest {
        var request = small("POST", url, limit: limit)
        request.body = try JSONEncoder().encode(message)
        request.headers["Content-Type"] = "application/json"
        return request
    }

    func refusal(_ response: TransportResponse) -> ServiceRefusal {
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
            wait: [429, 503].contains(response.status) ? wait : nil,
            problem: problem
        )
    }
}

/// An error of the service and how long it asks to wait, in seconds.
struct ServiceRefusal: Error {
    let error: ClientError
    let wait: Int?
    /// The problem document; `nil` where the answer had none.
    let problem: Problem?

    /// The word that names the problem; `nil` where the answer is not this service's own, but for example a balancer's.
    var word: String? {
        guard let type = problem?.type, type.hasPrefix(Self.prefix) else { return nil }
        return String(type.dropFirst(Self.prefix.count))
    }

    /// The event of the message that the problem names, from 0; `nil` where it names none.
    var event: Int? {
        guard let field = problem?.field, field.hasPrefix("events[") else { return nil }
        return Int(field.dropFirst("events[".count).prefix { $0 != "]" })
    }

    private static let prefix = "urn:metanetwork:problem:"
}
