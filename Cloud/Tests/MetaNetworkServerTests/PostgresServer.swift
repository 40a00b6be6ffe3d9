import Foundation
import Synchronization
import Testing

@testable import MetaNetworkServer

/// A server of PostgreSQL for the tests of a suite.
final class PostgresServer: Sendable {
    /// The server of the suite that runs.
    @TaskLocal static var current: PostgresServer?

    /// Whether PostgreSQL is installed.
    static let isInstalled: Bool = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        return (folders + versions.map { "/usr/lib/postgresql/\($0)/bin" })
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
    }()

    /// Short: the path of a socket has 107 characters at most.
    private let folder = "/tmp/metanetwork-\(UUID().uuidString.prefix(8))"
    private let databases = Mutex<Set<String>>([])

    init() async throws { try await start() }

    func start() async throws { try await control("start", folder, "shared_buffers=16MB") }

    /// Ends it at once, as a power cut of its machine would.
    func stop() async throws { try await control("stop", folder, "immediate") }

    func remove() async throws {
        try? await stop()
        try FileManager.default.removeItem(atPath: folder)
    }

    private func control(_ arguments: String...) async throws {
        let done = try await Script.run("private-postgres", arguments: arguments)
        try #require(done.status == 0, "\(done.text)")
    }

    /// The address of a database; it is made where it is not there.
    func address(_ name: String, _ options: String = "") throws -> PostgresAddress {
        if databases.withLock({ $0.insert(name).inserted }) { try execute("CREATE DATABASE \"\(name)\" \(options)") }
        return try existing(name)
    }

    /// The address of a database that may be there or not.
    func existing(_ name: String) throws -> PostgresAddress { try PostgresAddress(text(name)) }

    func text(_ name: String) -> String { "postgres://events@/\(name)?host=\(folder)" }

    /// Has a database do something.
    @discardableResult
    func execute(_ sql: String, in database: String = "postgres") throws -> PostgresRows {
        try PostgresConnection(existing(database)).execute(sql)
    }

    /// The address of the database `events` without tables: quicker than a database for each check.
    func emptied() throws -> PostgresAddress {
        let address = try address("events")
        try execute("SET lock_timeout = '10s'; DROP SCHEMA IF EXISTS metanetwork CASCADE", in: "events")
        return address
    }

    /// Makes the stores of one check. Each name but `events` is of a database that is not there.
    func maker() throws -> EventStoreMaker<KeptEvents> {
        _ = try emptied()
        return EventStoreMaker(
            open: { try PostgresEventStore(self.existing($0), quota: $1, now: $2.now) },
            read: { try PostgresEventStore(reading: self.existing($0)) }
        )
    }
}

/// Runs a suite beside a server, which ends with it.
struct PostgresTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        let server = try await PostgresServer()
        do {
            try await PostgresServer.$current.withValue(server) { try await function() }
        } catch {
            try await server.remove()
            throw error
        }
        try await server.remove()
    }
}
