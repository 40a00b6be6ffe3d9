import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetworkWire
import NIOCore
import Testing

@testable import MetaNetworkServer

@Suite(
    "Events in S3",
    .serialized,
    .enabled(if: SeaweedServer.isInstalled, "make setup-tests"),
    SeaweedTrait()
)
struct S3EventTests {
    /// Each test has a place of its own in the bucket.
    private let prefix = UUID().uuidString

    private static let now: @Sendable () -> Int = { Int(Date().timeIntervalSince1970) }

    private var server: SeaweedServer { get throws { try #require(SeaweedServer.current) } }

    private func store() throws -> ObjectEventStore {
        ObjectEventStore(try server.store(prefix), gathering: .milliseconds(20), now: Self.now)
    }

    private func source() throws -> ObjectEventSource { try ObjectEventSource(server.store(prefix)) }

    private func items() throws -> [String] {
        var items: [String] = []
        try source().forEachEvent(of: "m") { items.append($0.item) }
        return items
    }

    private func message(_ device: String, _ range: Range<Int>) -> EventMessage {
        EventMessage(
            device: device,
            model: "m",
            events: range.map { SampleEvents.Event(id: "event-\($0)", item: "\(device)/\($0)", time: $0) }
        )
    }

    @Test("keep to the rules of those that do not know what they have", arguments: EventRule<any EventStore>.unseeing)
    func rules(_ rule: EventRule<any EventStore>) async throws {
        let store = try server.store(prefix)
        try await rule.check(
            EventStoreMaker(
                open: { _, _, clock in ObjectEventStore(store, gathering: .milliseconds(20), now: clock.now) },
                read: { _ in try ObjectEventSource(store) }
            )
        )
    }

    @Test("of which several services write at once are all there, each once, before and after they are put together")
    func writers() async throws {
        let services = [try store(), try store(), try store()]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    // Each message is sent to two of them.
                    for service in [services[number % 3], services[(number + 1) % 3]] {
                        _ = try await service.append(message("device-\(number % 7)", number * 10..<number * 10 + 10))
                    }
                }
            }
            try await group.waitForAll()
        }
        let before = try items()
        #expect(Set(before) == Set((0..<600).map { "device-\($0 / 10 % 7)/\($0)" }) && before.count == 600)
        _ = try await services[0].delete(device: "device-3")
        let left = before.filter { !$0.hasPrefix("device-3/") }
        #expect(try items() == left)
        let later = ObjectEventStore(try server.store(prefix), now: { Self.now() + 86_400 })
        try await later.compact()
        let objects = try await server.store(prefix).events(of: nil)
        #expect(objects.count <= 2 && objects.reduce(0) { $0 + $1.count } == left.count, "\(objects)")
        #expect(try items() == left)
    }

    @Test("are there where they were acknowledged when the server of S3 is cut off in the middle and starts again")
    func outage() async throws {
        let (server, store) = (try server, try store())
        let (refusals, acknowledged) = try await withThrowingTaskGroup(of: (refusals: Int, items: [String]).self) {
            group in
            for device in 0..<6 {
                group.addTask {
                    var (refusals, items) = (0, [String]())
                    for number in 0..<30 {
                        let message = message("device-\(device)", number * 20..<(number + 1) * 20)
                        while true {
                            do {
                                _ = try await store.append(message)
                                break
                            } catch EventsRefused.unavailable {
                                refusals += 1
                                try await Task.sleep(for: .milliseconds(50))
                            }
                        }
                        items += message.events.map(\.item)
                    }
                    return (refusals, items)
                }
            }
            try await eventually { try await store.ages(arrivedBefore: 0).events > 400 }
            try await server.stop()
            // Longer than one write is tried.
            try await Task.sleep(for: .seconds(12))
            try await server.start()
            return try await group.reduce(into: (0, [String]())) { $0 = ($0.0 + $1.refusals, $0.1 + $1.items) }
        }
        let found = try items()
        #expect(refusals > 0 && found.count == 3_600 && Set(found) == Set(acknowledged))
    }

    @Test("are answered 503 with Retry-After while S3 is away, deletions too, and what needs no events is served")
    func refusal() async throws {
        let (server, fixture) = (try server, ServerFixture())
        try await fixture.publish("v1")
        var quick = try server.store(prefix)
        (quick.patience.tries, quick.patience.limit) = (2, .milliseconds(200))
        let store = ObjectEventStore(quick, gathering: .milliseconds(20), now: Self.now)
        let body = #"{"events":[{"id":"event-0001","item":"1","time":1}]}"#
        try await fixture.service(events: store).application().test(.router) { client in
            let path = "/v1/models/movies/events"
            #expect(try await client.post(path, body).status == .ok)
            try await server.stop()
            for (method, path) in [(HTTPRequest.Method.post, path), (.delete, "/v1/devices/me/events")] {
                let refused = try await client.execute(uri: path, method: method, body: ByteBuffer(string: body))
                #expect(refused.status == .serviceUnavailable && refused.headers[.retryAfter] != nil)
                #expect(try refused.problem().type.hasSuffix(":event-store-unavailable"))
            }
            #expect(try await client.post("/v1/models/movies/parameters", parametersRequest()).status == .ok)
            try await server.start()
            try await eventually(within: .seconds(120)) { try await client.post(path, body).status == .ok }
        }
        #expect(try await store.stored("movies").count == 1)
    }

    @Test("are deleted where they cannot be read, and whoever asked is told that they are not counted")
    func damaged() async throws {
        let server = try server
        let (address, objects) = (try EventAddress("s3://models/\(prefix)"), try server.store(prefix))
        _ = try await store().append(message("a", 0..<3))
        #expect(try await address.delete(device: "a", environment: server.environment()) == 3)
        #expect(try items().isEmpty)
        let key = try #require(try await objects.events(of: nil).first?.key)
        try await objects.delete(key)
        _ = try await objects.put(key, Data("gz?".utf8), if: .absent)
        let problem = await #expect(throws: ConfigurationProblem.self) {
            try await address.delete(device: "b", environment: server.environment())
        }
        #expect(problem?.description.contains("the deletion is noted") == true, "\(problem as Any)")
        #expect(try await objects.deletions().deletions.end(of: "b") != nil)
    }

    @Test("are set aside where they are damaged, whole and named, and whoever learns is told how many it goes without")
    func setAside() async throws {
        let (objects, store) = (try server.store(prefix), try store())
        for device in ["a", "b"] { _ = try await store.append(message(device, 0..<3)) }
        let all = try await objects.events(of: nil)
        try #require(all.count == 2)
        try await objects.delete(all[0].key)
        _ = try await objects.put(all[0].key, Data("gz?".utf8), if: .absent)
        #expect(try items() == (0..<3).map { "b/\($0)" })
        let found = try #require(try source().leftOut(of: "m"))
        #expect(found == DamagedEvents(objects: [.init(key: all[0].key, events: 3)]))
        let later = ObjectEventStore(objects, now: { Self.now() + 86_400 })
        try await later.compact()
        #expect(try await objects.get(all[0].key, unless: nil) == .absent)
        guard case .contents(Data("gz?".utf8), _) = try await objects.get(".damaged/\(all[0].key)", unless: nil) else {
            Issue.record("it is lost")
            return
        }
        #expect(try items() == (0..<3).map { "b/\($0)" } && source().leftOut(of: "m") == found)
    }

    @Test("are deleted whatever the clocks of the services say, for the server's counts")
    func clocks() async throws {
        var stores: [ObjectEventStore] = []
        for off in [-600.0, 0, 600] {
            var objects = try server.store(prefix)
            objects.now = { Date() + off }
            let store = ObjectEventStore(objects, gathering: .milliseconds(20), now: objects.clock.seconds)
            try store.check()
            #expect(abs(store.now() - Self.now()) <= 2, "\(off) s off")
            stores.append(store)
        }
        for (number, store) in stores.enumerated() { _ = try await store.append(message("\(number)", 0..<2)) }
        for (number, store) in stores.reversed().enumerated() where number != 1 {
            _ = try await store.delete(device: "\(number)")
        }
        #expect(try items() == ["1/0", "1/1"])
    }

    @Test("say at the start which keys are wrong, which right and which bucket are missing, and that there are none")
    func refusals() async throws {
        let server = try server
        func problem(_ address: String, _ environment: [String: String]) throws -> String {
            let address = try EventAddress(address)
            let problem = #expect(throws: ConfigurationProblem.self) { try address.open(environment: environment) }
            return problem?.description ?? ""
        }
        let place = "s3://models/\(prefix)"
        let secret = try problem(place, server.environment(secret: "hush-hush"))
        #expect(secret.contains("the secret key is not that of the access key") && !secret.contains("hush-hush"))
        // SeaweedFS takes the right to remove for that to write.
        for (key, rights) in [
            ("replica", ["s3:DeleteObject", "s3:PutObject"]), ("writer", ["s3:GetObject"]),
            ("blind", ["s3:ListBucket"]),
        ] {
            let problem = try problem(place, server.environment(as: key))
            for right in ["s3:DeleteObject", "s3:ListBucket", "s3:GetObject", "s3:PutObject"] {
                let isNamed = problem.contains("give them \(right) on arn:aws:s3:::models")
                #expect(isNamed == rights.contains(right), "\(key): \(problem)")
            }
        }
        #expect(try problem("s3://nothing/e", server.environment()).contains("there is no bucket 'nothing'"))
        let none = #expect(throws: ConfigurationProblem.self) {
            try EventAddress(place).read(environment: server.environment())
        }
        #expect(none?.description.contains("holds no events") == true, "\(none as Any)")
        #expect(try EventAddress(place).open(environment: server.environment()) is ObjectEventStore)
        #expect(try await server.store(prefix).list("", isDeep: true).objects.isEmpty, "it left nothing")
    }
}
