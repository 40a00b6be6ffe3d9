import Foundation
import Testing

@testable import MetaNetworkServer

/// A server that speaks S3, SeaweedFS, for the tests of a suite.
final class SeaweedServer: Sendable {
    /// The server of the suite that runs.
    @TaskLocal static var current: SeaweedServer?

    /// Whether `scripts/setup --tests` was there.
    static let isInstalled = FileManager.default.isExecutableFile(
        atPath: URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../.deps/seaweedfs/weed").standardized
            .path
    )

    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("seaweedfs-\(UUID().uuidString)")
    /// Its address.
    let url: String

    init() async throws {
        let done = try await Script.run("private-seaweedfs", "start", folder.path)
        try #require(done.status == 0, "\(done.text)")
        url = done.text.split(separator: "\n").last.map(String.init) ?? ""
    }

    /// Starts it again where it was.
    func start() async throws {
        let done = try await Script.run("private-seaweedfs", "start", folder.path)
        try #require(done.status == 0, "\(done.text)")
    }

    /// Ends it at once, as a power cut of its machine would.
    func stop() async throws {
        let done = try await Script.run("private-seaweedfs", "stop", folder.path)
        try #require(done.status == 0, "\(done.text)")
    }

    func remove() async throws {
        try? await stop()
        try FileManager.default.removeItem(at: folder)
    }

    /// What a program is told that asks it.
    func environment(as key: String = "publisher", secret: String? = nil) -> [String: String] {
        Self.environment(of: url, as: key, secret: secret)
    }

    /// What a program is told that asks a server.
    static func environment(of url: String, as key: String = "publisher", secret: String? = nil) -> [String: String] {
        [
            "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret ?? "secret-of-\(key)",
        ]
    }

    /// Opens a place in its bucket `models`.
    func store(_ prefix: String, as key: String = "publisher") throws -> S3Store {
        try S3Store(S3Address("s3://models/\(prefix)"), environment: environment(as: key))
    }
}

/// Runs a suite beside a server, which ends with it.
struct SeaweedTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        let server = try await SeaweedServer()
        do {
            try await SeaweedServer.$current.withValue(server) { try await function() }
        } catch {
            try await server.remove()
            throw error
        }
        try await server.remove()
    }
}
