import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

/// What the SDK of a release sends when it has learned codes (Tests/Golden/codes).
@Suite("Codes of devices of a release")
struct GoldenCodeTests {
    private let fixture = ServerFixture()

    private func exchange(_ name: String) throws -> GoldenExchange { try GoldenExchange(name, in: "codes") }

    /// Who asked what, in the order in which it was recorded.
    private static let asked: [(device: String, name: String)] = [
        ("token", "manifest"), ("token", "device"), ("token", "vocabulary"), ("token", "basis"), ("token", "events"),
        ("token", "events-2"), ("token", "deletion"), ("token-other", "events-other"),
        ("token-other", "events-repeated"),
        ("token-other", "events-refused"), ("token-other", "problem-422-not-finite"),
        ("token-other", "problem-422-values"), ("token-other", "problem-422-version"),
        ("token-other", "problem-422-beside"), ("token-other", "problem-400-code"),
    ]

    @Test(
        "are answered as they were, files byte for byte, and kept in the bits in which they came until they are deleted"
    )
    func replay() async throws {
        let file = try fixture.makeFolder().appendingPathComponent("events.sqlite")
        let store = try SQLiteEventStore(file)
        let service = try await fixture.goldenService(registry: "codes/registry", events: store) {
            try ServerFixture.load($0, basisRank: 4)
        }
        let recorded = try GoldenExchange.names(in: "codes").filter { !$0.hasPrefix("token") && $0 != "learned" }
        #expect(Set(recorded) == Set(Self.asked.map(\.name)))
        try await service.application().test(.router) { client in
            var tokens: [String: String] = [:]
            for name in ["token", "token-other"] { tokens[name] = try await client.goldenToken(exchange(name)) }
            for (device, name) in Self.asked {
                let old = try exchange(name)
                let answer = try await old.ask(client, try #require(tokens[device]))
                #expect(Int(answer.status.code) == old.response.status, "\(name)")
                #expect(answer.headers[.contentType] == old.response.headers["content-type"], "\(name)")
                #expect(
                    (answer.headers[.responseSignature] == nil)
                        == (old.response.headers["metanetwork-signature"] == nil)
                )
                try compare(answer.bytes, old.body, name)
                try checkStored(store, name)
            }
        }
    }

    /// Files are the same bytes; of JSON the order of members says nothing, and is another each time.
    private func compare(_ now: [UInt8], _ then: [UInt8], _ name: String) throws {
        guard name.hasPrefix("events") || name.hasPrefix("problem") || name == "deletion" else {
            #expect(now == then, "\(name)")
            return
        }
        func canonical(_ body: [UInt8]) throws -> Data {
            try JSONSerialization.data(
                withJSONObject: JSONSerialization.jsonObject(with: Data(body)),
                options: .sortedKeys
            )
        }
        guard name.hasPrefix("problem") else {
            #expect(try canonical(now) == canonical(then), "\(name)")
            return
        }
        let (one, other) = try (
            JSONDecoder().decode(Problem.self, from: Data(now)), JSONDecoder().decode(Problem.self, from: Data(then))
        )
        #expect(one.type == other.type && one.field == other.field && one.status == other.status, "\(name)")
    }

    /// The code of a message is the one that the next distillation reads.
    private func checkStored(_ store: SQLiteEventStore, _ name: String) throws {
        let version = try JSONDecoder().decode(BundleManifest.self, from: Data(exchange("manifest").body)).version
        let stored = try store.codes(of: "gestures", version: version)
        switch name {
        case "events", "events-2", "events-other":
            let event = try JSONDecoder().decode(SampleEvents.self, from: Data(exchange(name).requestBody)).events[0]
            let values = try #require(event.code?.floats)
            #expect(stored.count == 1 && stored[0].values.map(\.bitPattern) == values.map(\.bitPattern), "\(name)")
        case "deletion": #expect(stored.isEmpty)
        default: break
        }
    }
}
