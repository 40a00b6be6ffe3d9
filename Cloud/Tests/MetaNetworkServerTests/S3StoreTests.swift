import Foundation
import HTTPTypes
import NIOCore
import Synchronization
import Testing

@testable import MetaNetworkServer

/// The client of S3 against a server that does what real ones do now and then; `S3RegistryTests` has a real one.
@Suite("A store in S3")
struct S3StoreTests {
    private static let secret = "hush-hush-secret"

    private func store(_ url: String, _ environment: [String: String] = [:]) throws -> S3Store {
        let usual = [
            "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": Self.secret,
        ]
        var store = try S3Store(S3Address("s3://models/live"), environment: usual.merging(environment) { $1 })
        store.patience.pause = .milliseconds(10)
        return store
    }

    private static func fault(_ status: HTTPResponse.Status, _ code: String) -> ScriptedServer.Answer {
        .init(status: status, body: "<Error><Code>\(code)</Code></Error>")
    }

    private static let tagged: HTTPFields = [.eTag: "\"1\""]

    @Test("asks again where the server has too much to do, a few times and then no more")
    func slowDown() async throws {
        let server = ScriptedServer { question, number in
            if question.path.contains("always") { return Self.fault(.serviceUnavailable, "SlowDown") }
            if number < 2 { return Self.fault(number == 0 ? .serviceUnavailable : .internalServerError, "SlowDown") }
            return .init(headers: Self.tagged, body: "contents")
        }
        try await server.run { url in
            let store = try store(url)
            let contents = ObjectReading.contents(Data("contents".utf8), ObjectTag(text: "\"1\""))
            #expect(try await store.get("a", unless: nil) == contents)
            #expect(server.questions.count == 3)
            let error = await #expect(throws: ObjectStoreError.self) { try await store.get("always", unless: nil) }
            #expect(error?.isOutage == true && error?.description.contains("SlowDown") == true)
            #expect(server.questions.count == 3 + store.patience.tries)
        }
        let first = try #require(server.questions.first)
        #expect(first.path == "/models/live/a" && first.headers[.authorization]?.hasPrefix("AWS4-HMAC-SHA256 ") == true)
    }

    @Test("says within moments that nobody is there")
    func refused() async throws {
        // Nothing listens on a port below those that the system gives.
        let store = try store("http://127.0.0.1:1")
        let begin = ContinuousClock.now
        let error = await #expect(throws: ObjectStoreError.self) { try await store.get("a", unless: nil) }
        #expect(error?.isOutage == true)
        #expect(
            error?.description.contains("127.0.0.1:1 cannot be reached (connection refused)") == true,
            "\(error as Any)"
        )
        #expect(ContinuousClock.now - begin < .seconds(5))
    }

    @Test("says of a write without an answer that it may have been done, and not of one that was never sent")
    func unanswered() async throws {
        let server = ScriptedServer { _, _ in
            Thread.sleep(forTimeInterval: 0.5)
            return .init(headers: Self.tagged)
        }
        let word = "may have been written all the same"
        try await server.run { url in
            var slow = try store(url)
            slow.patience.tries = 1
            slow.patience.answer = .milliseconds(100)
            let store = slow
            let write = await #expect(throws: ObjectStoreError.self) {
                try await store.put("a", Data(), if: .absent)
            }
            #expect(write?.description.contains(word) == true && write?.isOutage == true, "\(write as Any)")
            let read = await #expect(throws: ObjectStoreError.self) { try await store.get("a", unless: nil) }
            #expect(read?.description.contains("(no answer)") == true && read?.description.contains(word) == false)
        }
        let none = await #expect(throws: ObjectStoreError.self) {
            try await store("http://127.0.0.1:1").put("a", Data(), if: .absent)
        }
        #expect(none?.description.contains("(connection refused)") == true && none?.description.contains(word) == false)
    }

    @Test("reads no more than it was told to, and a page or what is wrong only as far as one goes")
    func limits() async throws {
        let server = ScriptedServer { question, _ in
            let length = question.path.contains("/small") ? 8 : ObjectBytes.answer + 1
            return .init(
                status: question.path.contains("/wrong") ? .forbidden : .ok,
                headers: Self.tagged,
                body: String(repeating: "a", count: length)
            )
        }
        try await server.run { url in
            let store = try store(url)
            #expect(try await store.get("small", unless: nil, upTo: 8) != .absent)
            #expect(try await store.get("large", unless: nil) != .absent)
            for ask in [
                { _ = try await store.get("small", unless: nil, upTo: 7) },
                { _ = try await store.get("wrong", unless: nil) },
                { _ = try await store.list("", isDeep: true) },
            ] as [@Sendable () async throws -> Void] {
                let error = await #expect(throws: ObjectStoreError.self) { try await ask() }
                #expect(
                    error?.isOutage == false && error?.description.contains("has more than") == true,
                    "\(error as Any)"
                )
            }
            #expect(server.questions.count == 5, "none is asked again")
        }
    }

    @Test("takes a condition that does not hold for what it is, and what an earlier try wrote for its own")
    func conditions() async throws {
        let server = ScriptedServer { question, number in
            switch (question.method, question.path) {
            case (.put, "/models/live/lost"):
                number == 0
                    ? Self.fault(.internalServerError, "InternalError")
                    : Self.fault(.preconditionFailed, "PreconditionFailed")
            case (.get, "/models/live/lost"): .init(headers: Self.tagged, body: "own")
            case (.put, _): Self.fault(.preconditionFailed, "PreconditionFailed")
            default: Self.fault(.notFound, "NoSuchKey")
            }
        }
        try await server.run { url in
            let store = try store(url)
            #expect(try await store.put("lost", Data("own".utf8), if: .absent) == ObjectTag(text: "\"1\""))
            #expect(server.questions.first?.headers[.ifNoneMatch] == "*")
            #expect(try await store.put("lost", Data("other".utf8), if: .absent) == nil)
            #expect(try await store.put("taken", Data("own".utf8), if: .matches(ObjectTag(text: "\"2\""))) == nil)
            #expect(server.questions.last?.headers[.ifMatch] == "\"2\"")
            #expect(try await store.get("nothing", unless: nil) == .absent)
        }
    }

    @Test("takes what another publisher wrote for another's, whatever became of its own first try")
    func lostTry() async throws {
        let server = ScriptedServer { question, number in
            switch (question.method, number) {
            case (.put, 0): Self.fault(.internalServerError, "InternalError")
            case (.put, _): Self.fault(.preconditionFailed, "PreconditionFailed")
            default: .init(headers: Self.tagged, body: "theirs")
            }
        }
        try await server.run { url in
            let store = try store(url)
            #expect(try await store.put("a", Data("own".utf8), if: .absent) == nil)
            #expect(server.questions.map(\.method) == [.put, .put, .get])
        }
    }

    @Test("is found to honour conditions where one try of each write found a server with too much to do")
    func triedConditions() async throws {
        let fixture = ServerFixture()
        let server = ScriptedServer { question, number in
            let isProbe = question.path.contains("/.conditions-")
            switch question.method {
            case .put where isProbe && [0, 2, 5].contains(number): return Self.fault(.serviceUnavailable, "SlowDown")
            // It is there after the first write, so that no other one's condition holds.
            case .put where isProbe && question.body != Data("1".utf8):
                return Self.fault(.preconditionFailed, "PreconditionFailed")
            case .put: return .init(headers: Self.tagged)
            case .get where isProbe: return .init(headers: Self.tagged, body: "1")
            case .get where question.path.contains("list-type"):
                let entries = ["device.safetensors", "manifest.json", "vocabulary.tsv"].map {
                    "<Contents><Key>live/movies/versions/v1/\($0)</Key><LastModified>2026-11-28T20:56:22Z</LastModified></Contents>"
                }
                return .init(body: "<ListBucketResult>\(entries.joined())</ListBucketResult>")
            case .delete: return .init(status: .noContent)
            default: return Self.fault(.notFound, "NoSuchKey")
            }
        }
        try await server.run { url in
            let registry = ObjectBundleStore(try store(url), cache: BundleCache(try fixture.makeFolder()))
            try await registry.put(fixture.bundle("v1"))
        }
        let probes = server.questions.filter { $0.path.contains("/.conditions-") }
        #expect(probes.map(\.method) == [.put, .put, .put, .put, .get, .put, .put, .get, .delete])
        let written = server.questions.filter { $0.method == .put && $0.path.contains("/versions/") }
        #expect(
            written.map { $0.path.split(separator: "/").last } == [
                "device.safetensors", "vocabulary.tsv", "manifest.json",
            ]
        )
    }

    @Test("goes on where a transfer broke off, however long it took, and begins anew where the object was replaced")
    func transfers() async throws {
        let text = String(repeating: "0123456789", count: 100_000)
        let server = ScriptedServer { question, number in
            let start = question.headers[.range].flatMap { Int($0.dropFirst("bytes=".count).dropLast()) } ?? 0
            let tag = question.path.hasSuffix("/replaced") && number > 4 ? "\"2\"" : "\"1\""
            if start > 0, question.headers[.ifMatch] != tag {
                return Self.fault(.preconditionFailed, "PreconditionFailed")
            }
            Thread.sleep(forTimeInterval: 0.06)
            var answer = ScriptedServer.Answer(status: start > 0 ? .partialContent : .ok, headers: [.eTag: tag])
            if start > 0 { answer.headers[.contentRange] = "bytes \(start)-\(text.count - 1)/\(text.count)" }
            answer.body = tag == "\"1\"" ? String(text.dropFirst(start)) : "replaced"
            if start < 900_000, tag == "\"1\"" { answer.cut = 300_000 }
            return answer
        }
        try await server.run { url in
            var store = try store(url)
            // Time that is up after each part.
            store.patience.limit = .milliseconds(50)
            store.patience.pause = .milliseconds(1)
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: file) }
            #expect(try await store.fetch("whole", to: file))
            #expect(try Data(contentsOf: file) == Data(text.utf8))
            let starts = server.questions.map { $0.headers[.range] }
            #expect(starts.count >= 4 && starts.first == .some(nil), "\(starts)")
            #expect(starts.dropFirst().allSatisfy { $0 != nil }, "\(starts)")
            #expect(try await store.fetch("replaced", to: file))
            #expect(try Data(contentsOf: file) == Data("replaced".utf8))
        }
    }

    @Test("sends a large object again after a failure that took long, and a small one not")
    func uploads() async throws {
        let server = ScriptedServer { _, number in
            number < 2 ? Self.fault(.serviceUnavailable, "SlowDown") : .init(headers: Self.tagged)
        }
        try await server.run { url in
            var quick = try store(url)
            quick.patience.limit = .zero
            let store = quick
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.put("small", Data("a".utf8), if: .absent)
            }
            #expect(error?.isOutage == true && server.questions.count == 1)
            var patient = try self.store(url)
            patient.patience.limit = .seconds(1)
            let large = Data((0..<1_000_000).map { UInt8($0 % 251) })
            #expect(try await patient.put("large", large, if: .absent) == ObjectTag(text: "\"1\""))
            #expect(server.questions.count == 3 && server.questions[2].body == large)
        }
    }

    @Test("asks again where another write of the same object was under way")
    func race() async throws {
        let server = ScriptedServer { _, number in
            number == 0 ? Self.fault(.conflict, "ConditionalRequestConflict") : .init(headers: Self.tagged)
        }
        try await server.run { url in
            let store = try store(url)
            #expect(try await store.put("a", Data(), if: .absent) == ObjectTag(text: "\"1\""))
            #expect(server.questions.count == 2)
        }
    }

    @Test("goes by the clock of answers of success alone: another one may be a proxy's, with another clock")
    func clock() async throws {
        let failures: [HTTPResponse.Status] = [.notFound, .forbidden, .badGateway]
        let server = ScriptedServer { _, number in
            number < failures.count ? .init(status: failures[number]) : .init(headers: Self.tagged)
        }
        try await server.run { url in
            let store = try store(url)
            await #expect(throws: ObjectStoreError.self) { try await store.get("a", unless: nil) }
            await #expect(throws: ObjectStoreError.self) { try await store.get("a", unless: nil) }
            #expect(store.clock.date() == nil && server.questions.count == 2)
            #expect(try await store.get("a", unless: nil) != .absent)
            #expect(store.clock.date() != nil && server.questions.count == 4)
        }
    }

    @Test("does not take any server's 404 for an object that is not there")
    func otherServer() async throws {
        let server = ScriptedServer { question, _ in
            question.path.contains("list-type")
                ? .init(body: "<html>hello</html>") : .init(status: .notFound, body: "<html>no</html>")
        }
        try await server.run { url in
            let store = try store(url)
            for ask in [{ _ = try await store.get("a", unless: nil) }, { _ = try await store.list("", isDeep: true) }]
                as [@Sendable () async throws -> Void]
            {
                let error = await #expect(throws: ObjectStoreError.self) { try await ask() }
                #expect(error?.isOutage == false && error?.description.contains("speaks S3") == true)
            }
        }
    }

    @Test("lists page after page, each asked for with what the one before said")
    func pages() async throws {
        let server = ScriptedServer { question, number in
            let key =
                "<Contents><Key>live/m/\(number)</Key><LastModified>2026-11-28T20:56:22.000Z</LastModified></Contents>"
            let next = number < 3 ? "<NextContinuationToken>t/\(number)+</NextContinuationToken>" : ""
            return .init(
                body: "<ListBucketResult><IsTruncated>\(number < 3)</IsTruncated>\(key)"
                    + "<CommonPrefixes><Prefix>live/m/f\(number)/</Prefix></CommonPrefixes>\(next)</ListBucketResult>"
            )
        }
        try await server.run { url in
            let listing = try await store(url).list("m/", isDeep: false)
            #expect(listing.objects.map(\.key) == ["m/0", "m/1", "m/2", "m/3"])
            #expect(listing.folders == ["m/f0/", "m/f1/", "m/f2/", "m/f3/"])
        }
        let paths = server.questions.map(\.path)
        #expect(paths[0] == "/models?delimiter=%2F&list-type=2&prefix=live%2Fm%2F")
        #expect(paths[2] == "/models?continuation-token=t%2F1%2B&delimiter=%2F&list-type=2&prefix=live%2Fm%2F")
    }

    @Test("is asked with the keys of a container or of a machine, which are fetched once")
    func roles() async throws {
        let server = ScriptedServer { question, number in
            let keys =
                #"{"AccessKeyId":"role-\#(number)","SecretAccessKey":"s","Token":"t-\#(number)","Expiration":"2099-01-01T00:00:00Z"}"#
            switch question.path {
            case "/latest/api/token": return .init(body: "session")
            case "/latest/meta-data/iam/security-credentials/": return .init(body: "models-role\n")
            case "/latest/meta-data/iam/security-credentials/models-role", "/keys": return .init(body: keys)
            default: return .init(headers: Self.tagged)
            }
        }
        try await server.run { url in
            func role(_ environment: [String: String]) throws -> S3Store {
                let none = ["AWS_ENDPOINT_URL": url]
                return try S3Store(S3Address("s3://models"), environment: none.merging(environment) { $1 })
            }
            let container = try role([
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(url)/keys", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Bearer x",
            ])
            for _ in 0..<2 { _ = try await container.get("a", unless: nil) }
            #expect(server.questions.map(\.path) == ["/keys", "/models/a", "/models/a"])
            #expect(server.questions[0].headers[.authorization] == "Bearer x")
            #expect(server.questions[1].headers[try #require(.init("x-amz-security-token"))] == "t-0")
            // A session, the role's name, its keys.
            let machine = try role(["AWS_EC2_METADATA_SERVICE_ENDPOINT": url])
            _ = try await machine.get("a", unless: nil)
            let asked = server.questions.dropFirst(3)
            #expect(asked.first?.method == .put)
            #expect(asked.dropFirst().first?.headers[try #require(.init("x-aws-ec2-metadata-token"))] == "session")
            #expect(asked.last?.headers[.authorization]?.contains("role-5/") == true)
        }
    }

    @Test("asks once more with new keys where the server says that they have ended")
    func endedKeys() async throws {
        let server = ScriptedServer { question, number in
            if question.path == "/keys" {
                return .init(body: #"{"AccessKeyId":"role-\#(number)","SecretAccessKey":"s"}"#)
            }
            let isFirst = question.headers[.authorization]?.contains("role-0/") ?? false
            return isFirst ? Self.fault(.badRequest, "ExpiredToken") : .init(headers: Self.tagged)
        }
        try await server.run { url in
            let environment = ["AWS_ENDPOINT_URL": url, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(url)/keys"]
            let store = try S3Store(S3Address("s3://models"), environment: environment)
            #expect(try await store.get("a", unless: nil) != .absent)
            #expect(server.questions.map(\.path) == ["/keys", "/models/a", "/keys", "/models/a"])
        }
    }

    @Test("needs keys, both halves of them, and sends a container's token to none but the machine's own endpoints")
    func missingKeys() throws {
        for (environment, word) in [
            (["AWS_ACCESS_KEY_ID": "a"], "AWS_SECRET_ACCESS_KEY is missing"),
            (["AWS_SECRET_ACCESS_KEY": Self.secret], "AWS_ACCESS_KEY_ID is missing"),
            (["AWS_EC2_METADATA_DISABLED": "true"], "there are no keys for S3"),
            (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/keys"], "no endpoint of a container's keys"),
        ] {
            let error = #expect(throws: ConfigurationProblem.self) { try S3CredentialSource(environment: environment) }
            #expect(error?.description.contains(word) == true && error?.description.contains(Self.secret) == false)
        }
    }
}
