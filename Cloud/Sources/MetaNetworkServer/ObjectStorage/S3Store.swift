import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import NIOHTTP1

/// Objects in a bucket of anything that speaks S3: Amazon's, SeaweedFS, MinIO, Ceph.
struct S3Store: ObjectStore {
    let address: S3Address
    let endpoint: S3Endpoint
    let credentials: S3CredentialSource
    var patience = S3Patience()
    /// This machine's clock.
    var now: @Sendable () -> Date = { Date() }
    /// The server's.
    let clock = StoreClock()

    /// Its redirects are not followed: a signature is for one host. It lives as long as the process.
    static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(
                connect: .seconds(3),
                read: S3Patience.silence,
                write: S3Patience.silence
            )
        )
        configuration.httpVersion = .http1Only
        // A store that is away is told from one that is slow here, where tries are counted.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
    }()

    /// Names a place; nothing is asked yet.
    ///
    /// - Throws: ``ConfigurationProblem``.
    init(_ address: S3Address, environment: [String: String]) throws(ConfigurationProblem) {
        self.address = address
        endpoint = try S3Endpoint(bucket: address.bucket, environment: environment)
        credentials = try S3CredentialSource(environment: environment)
    }

    func place(of key: String) -> String { key.isEmpty ? "\(address)" : "\(address)/\(key)" }

    func get(_ key: String, unless tag: ObjectTag?, upTo limit: Int) async throws -> ObjectReading {
        var request = Request(.GET, address.prefix + key, "\(place(of: key)) cannot be read", "s3:GetObject")
        request.headers["if-none-match"] = tag?.text
        request.limit = limit
        request.expected = [200, 304, 404]
        let answer = try await send(request)
        switch answer.status {
        case 304: return .unchanged
        case 404: return .absent
        default: return .contents(answer.body, try self.tag(of: answer, request))
        }
    }

    func fetch(_ key: String, to url: URL) async throws -> Bool {
        var request = Request(.GET, address.prefix + key, "\(place(of: key)) cannot be read", "s3:GetObject")
        request.target = try ObjectFile(url)
        request.expected = [200, 206, 404]
        return try await send(request).status != 404
    }

    func put(_ key: String, _ data: Data, if condition: ObjectCondition) async throws -> ObjectTag? {
        var request = Request(.PUT, address.prefix + key, "\(place(of: key)) cannot be written", "s3:PutObject")
        request.body = data
        request.expected = [200]
        switch condition {
        case .absent:
            request.headers["if-none-match"] = "*"
            request.expected.insert(412)
        case .matches(let tag):
            request.headers["if-match"] = tag.text
            request.expected.formUnion([404, 412])
        }
        let answer = try await send(request)
        guard answer.status != 200 else { return try tag(of: answer, request) }
        // Where the answer to an earlier try was lost, what is in the way may be what that try wrote.
        guard answer.tries > 1, case .contents(data, let tag) = try await get(key, unless: nil) else { return nil }
        return tag
    }

    func list(_ prefix: String, isDeep: Bool) async throws -> ObjectListing {
        var listing = ObjectListing()
        var next: String?
        repeat {
            let place = place(of: String(prefix.dropLast()))
            var request = Request(.GET, "", "\(place) cannot be listed", "s3:ListBucket")
            request.query = [("list-type", "2"), ("prefix", address.prefix + prefix)]
            if !isDeep { request.query.append(("delimiter", "/")) }
            if let next { request.query.append(("continuation-token", next)) }
            let answer = try await send(request)
            guard let page = S3Page(answer.body), page.next == nil || page.next != next else {
                throw error(answer, request)
            }
            listing.objects += page.objects.compactMap { entry in
                guard entry.key.hasPrefix(address.prefix) else { return nil }
                let key = String(entry.key.dropFirst(address.prefix.count))
                return .init(key: key, modified: entry.modified, bytes: entry.bytes)
            }
            listing.folders += page.folders.map { String($0.dropFirst(address.prefix.count)) }
            next = page.next
        } while next != nil
        return listing
    }

    func delete(_ key: String) async throws {
        var request = Request(.DELETE, address.prefix + key, "\(place(of: key)) cannot be removed", "s3:DeleteObject")
        request.expected = [200, 204, 404]
        _ = try await send(request)
    }

    private func tag(of answer: Answer, _ request: Request) throws -> ObjectTag {
        guard let text = answer.headers.first(name: "etag") else {
            throw error(answer, request)
        }
        return ObjectTag(text: text)
    }
}

extension S3Store {
    /// What S3 is asked.
    struct Request {
        let method: HTTPMethod
        let key: String
        /// What cannot be done where it fails, for people.
        let what: String
        /// The right that it takes.
        let action: String
        var query: [(name: String, value: String)] = []
        var headers: [String: String] = [:]
        var body = Data()
        /// What is no failure.
        var expected: Set<UInt> = [200]
        /// The most bytes of an answer that is no failure.
        var limit = ObjectBytes.answer
        /// Where such an answer goes; `nil` for memory.
        var target: ObjectFile?

        /// Whether it takes as long as its bytes do until there is an answer.
        var isUpload: Bool { body.count > BodyPieces.size }

        init(_ method: HTTPMethod, _ key: String, _ what: String, _ action: String) {
            (self.method, self.key, self.what, self.action) = (method, key, what, action)
        }
    }

    /// What S3 answered.
    struct Answer {
        let status: UInt
        let headers: HTTPHeaders
        let body: Data
        /// How often it was asked until then.
        var tries = 1
    }

    func fault(of answer: Answer) -> S3Fault {
        S3Fault(status: answer.status, headers: answer.headers, body: answer.body)
    }

    /// What an answer that is none of those that were expected means.
    func error(_ answer: Answer, _ request: Request) -> ObjectStoreError {
        fault(of: answer).error(request.what, request.action, address, endpoint, at: now())
    }

    /// Asks once; for a file that is there in part, for the rest of it.
    func ask(_ request: Request, _ credentials: S3Credentials) async throws -> Answer {
        let message = message(request, credentials)
        let time = request.isUpload ? S3Patience.transfer : patience.answer
        let sent = ContinuousClock.now
        let answer = try await Self.client.execute(message, timeout: time)
        // What is no success may be the word of a proxy before it, whose clock is another one.
        let isSuccess = (200..<300).contains(answer.status.code)
        if isSuccess, let date = answer.headers.first(name: "date").flatMap(S3Fault.date) {
            clock.note(date, sent: sent, received: .now)
        }
        if let target = request.target, try await target.take(answer) {
            return Answer(status: answer.status.code, headers: answer.headers, body: Data())
        }
        let limit = answer.status == .ok ? request.limit : ObjectBytes.answer
        let body = try await answer.body.collect(upTo: limit)
        return Answer(status: answer.status.code, headers: answer.headers, body: Data(body.readableBytesView))
    }

    private func message(_ request: Request, _ credentials: S3Credentials) -> HTTPClientRequest {
        let signature = S3Signature(credentials: credentials, region: endpoint.region, time: now())
        var headers = request.headers
        headers["host"] = endpoint.host
        if let rest = request.target?.rest { headers.merge(rest) { $1 } }
        // The bucket itself is the path without the last /.
        let path =
            request.key.isEmpty && endpoint.path != "/" ? String(endpoint.path.dropLast()) : endpoint.path + request.key
        let signed = signature.headers(
            of: .init(
                method: request.method.rawValue,
                path: path,
                query: request.query,
                headers: headers,
                payload: SHA256.hash(data: request.body).hexadecimalDigits
            )
        )
        let query = request.query.isEmpty ? "" : "?\(S3Signature.text(of: request.query))"
        var message = HTTPClientRequest(url: "\(endpoint.base)\(S3Signature.encoded(path, keeping: "/"))\(query)")
        message.method = request.method
        message.headers = HTTPHeaders(signed.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        if request.method == .PUT { message.body = BodyPieces.body(of: request.body) }
        return message
    }
}
