import Foundation
import Testing

@testable import MetaNetworkServer

/// The stores that need no server; `PostgresEventStoreTests` holds another one to the same rules.
@Suite("An event store")
struct EventStoreTests {
    enum Kind: CaseIterable { case memory, sqlite }

    private let fixture = ServerFixture()

    private func sqlite() throws -> EventStoreMaker<KeptEvents> {
        let folder = try fixture.makeFolder()
        let file: @Sendable (String) -> URL = { folder.appendingPathComponent("\($0).sqlite") }
        return EventStoreMaker(
            open: { try SQLiteEventStore(file($0), quota: $1, now: $2.now) },
            read: { try SQLiteEventStore(reading: file($0)) }
        )
    }

    private func maker(_ kind: Kind) throws -> EventStoreMaker<any EventStore> {
        let sqlite = try sqlite()
        return switch kind {
        case .memory: EventStoreMaker(open: { MemoryEventStore(now: $2.now) }, read: sqlite.read)
        case .sqlite: EventStoreMaker(open: { try sqlite.open($0, $1, $2) }, read: sqlite.read)
        }
    }

    @Test("keeps to the rules of all", arguments: Kind.allCases, EventRule<any EventStore>.all)
    func rules(_ kind: Kind, _ rule: EventRule<any EventStore>) async throws { try await rule.check(maker(kind)) }

    @Test("in a file keeps to the rules of those that outlive their process", arguments: EventRule<KeptEvents>.all)
    func keptRules(_ rule: EventRule<KeptEvents>) async throws { try await rule.check(sqlite()) }
}
