import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetworkWire
import NIOCore
import Testing

@testable import MetaNetworkServer

@Suite(
    "An event store in PostgreSQL",
    .serialized,
    .enabled(if: PostgresServer.isInstalled, "make packages"),
    PostgresTrait()
)
struct PostgresEventStoreTests {
    private var server: PostgresServer { get throws { try #require(PostgresServer.current) } }

    private func message(_ device: String, _ range: Range<Int>, uncertainty: Float? = nil) -> EventMessage {
        EventMessage(
            device: device,
            model: "m",
            events: range.map {
                SampleEvents.Event(id: "event-\($0)", item: "\(device)/\($0)", time: $0, uncertainty: uncertainty)
            }
        )
    }

    @Test("keeps to the rules of all", arguments: EventRule<any EventStore>.all)
    func rules(_ rule: EventRule<any EventStore>) async throws {
        let maker = try server.maker()
        try await rule.check(EventStoreMaker(open: { try maker.open($0, $1, $2) }, read: maker.read))
    }

    @Test("keeps to the rules of those that outlive their process", arguments: EventRule<KeptEvents>.all)
    func keptRules(_ rule: EventRule<KeptEvents>) async throws { try await rule.check(server.maker()) }

    @Test("of which two services share one: quotas hold for both together, and an event is kept once")
    func replicas() async throws {
        let (maker, clock) = (try server.maker(), TestClock())
        let quota = EventQuota(deviceEvents: 100)
        let services = [try maker("events", clock, quota: quota), try maker("events", clock, quota: quota)]
        let receipts = try await withThrowingTaskGroup(of: SampleEventsReceipt?.self) { group in
            for number in 0..<40 {
                group.addTask {
                    // Each message is sent to both; half of them are too many.
                    let message = message("a", (number / 2) * 10..<(number / 2 + 1) * 10)
                    do {
                        return try await services[number % 2].append(message)
                    } catch EventsRefused.quota {
                        return nil
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(receipts.reduce(0) { $0 + ($1?.stored ?? 0) } == 100)
        #expect(receipts.reduce(0) { $0 + ($1?.repeated ?? 0) } == 100)
        #expect(try await services[0].stored().count == 100)
    }

    @Test("gives numbers in the order in which they can be read, whoever writes: a reader who goes on misses none")
    func numbers() async throws {
        let maker = try server.maker()
        let services = [try maker(), try maker(), try maker()]
        let reader = try maker.read("events")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (place, service) in services.enumerated() {
                group.addTask {
                    for number in 0..<40 {
                        _ = try await service.append(
                            message("device-\(place)", number * 5..<(number + 1) * 5, uncertainty: 0.5)
                        )
                    }
                }
            }
            var (read, last) = (Set<String>(), Int64(0))
            while read.count < 600 {
                let page = try reader.inputs(of: "m", after: last, limit: 7)
                if let end = page.last { last = end.number } else { try await Task.sleep(for: .milliseconds(1)) }
                read.formUnion(page.map(\.text))
                try #require(!page.isEmpty || last < 600, "\(600 - read.count) were missed")
            }
            try await group.waitForAll()
        }
    }

    @Test("has every event that it acknowledged when its server is cut off in the middle of writes and starts again")
    func outage() async throws {
        let server = try server
        let maker = try server.maker()
        let store = try maker()
        let (refusals, acknowledged) = try await withThrowingTaskGroup(of: (refusals: Int, items: [String]).self) {
            group in
            for device in 0..<8 {
                group.addTask {
                    var (refusals, items) = (0, [String]())
                    for number in 0..<40 {
                        let message = message("device-\(device)", number * 50..<(number + 1) * 50)
                        while true {
                            do {
                                let receipt = try await store.append(message)
                                #expect(receipt.stored + receipt.repeated == 50)
                                break
                            } catch EventsRefused.unavailable {
                                refusals += 1
                                try await Task.sleep(for: .milliseconds(20))
                            }
                        }
                        items += message.events.map(\.item)
                    }
                    return (refusals, items)
                }
            }
            try await eventually { try await store.ages(arrivedBefore: 0).events > 1000 }
            try await server.stop()
            try await server.start()
            return try await group.reduce(into: (0, [String]())) { $0 = ($0.0 + $1.refusals, $0.1 + $1.items) }
        }
        let found = try await store.stored().map(\.item)
        #expect(refusals > 0 && found.count == 16_000 && Set(found) == Set(acknowledged))
    }

    @Test("answers 503 with Retry-After while its server is down, deletions too, and serves what needs no events")
    func refusal() async throws {
        let (server, fixture) = (try server, ServerFixture())
        try await fixture.publish("v1")
        let store = try server.maker()()
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
            try await eventually { try await client.post(path, body).status == .ok }
        }
        #expect(try await store.stored("movies").count == 1)
    }

    @Test("carries out what devices had deleted when a backup is restored that is older than the log of deletions")
    func restored() async throws {
        let (server, name, now) = (try server, "events", Int(Date().timeIntervalSince1970))
        let address = try server.emptied()
        let store = try PostgresEventStore(address)
        for device in ["a", "b", "c"] { _ = try await store.append(message(device, 0..<10)) }
        let sql = "SET search_path = metanetwork; "
        try server.execute(sql + "CREATE TABLE backup AS SELECT * FROM event", in: name)
        #expect(try await store.delete(device: "a", step: 3) == 10)
        try server.execute(
            sql + "TRUNCATE event, deletion; INSERT INTO event OVERRIDING SYSTEM VALUE SELECT * FROM backup",
            in: name
        )
        // The machine stopped between the note and the deletion; what "c" shared came a day after it had asked.
        for (id, device, time) in [("second", "b", now), ("third", "c", now - 86_400)] {
            try server.execute(
                sql + "INSERT INTO deletion_log VALUES ('\(id)', '\(DeletionLog.digest(of: device))', \(time))",
                in: name
            )
        }
        #expect(try await PostgresEventStore(address).stored().map(\.device) == [String](repeating: "c", count: 10))
        _ = try await store.append(message("a", 0..<3))
        #expect(try PostgresEventStore(address).count() == 13, "what a device shares afterwards stays")
    }

    @Test("leaves nothing of a device whose deletion was cut off before its end, and does not carry it out twice")
    func cutOff() async throws {
        let (server, name) = (try server, "events")
        let address = try server.emptied()
        let store = try PostgresEventStore(address, quota: EventQuota(deviceEvents: 100))
        _ = try await store.append(message("a", 0..<10))
        // Its events are gone already, and the server was away before the rest.
        try server.execute(
            """
            SET search_path = metanetwork; DELETE FROM event;
            INSERT INTO deletion_log VALUES ('first', '\(DeletionLog.digest(of: "a"))', 1)
            """,
            in: name
        )
        let connection = try PostgresConnection(address)
        func left() throws -> Int {
            try connection.execute(
                """
                SELECT (SELECT count(*) FROM metanetwork.device_day) + (
                    SELECT count(*) FROM metanetwork.deletion_log
                    WHERE id NOT IN (SELECT id FROM metanetwork.deletion))
                """
            ).only().value(0)
        }
        #expect(try left() == 2)
        #expect(try await store.delete(device: "a") == 0)
        #expect(try left() == 0)
    }

    @Test("of a later release is refused, and so is a database that is missing, empty or cannot keep every text")
    func foreign() async throws {
        let server = try server
        let address = try server.emptied()
        #expect { try PostgresEventStore(reading: address) } throws: { "\($0)".contains("holds no events") }
        _ = try PostgresEventStore(address)
        try server.execute("UPDATE metanetwork.schema_version SET version = 99", in: "events")
        #expect { try PostgresEventStore(address) } throws: { "\($0)".contains("version 99, made by a later release") }
        #expect { try PostgresEventStore(reading: address) } throws: { "\($0)".contains("made by a later release") }
        let missing = try server.existing("missing")
        #expect { try PostgresEventStore(missing) } throws: {
            "\($0)".contains("does not exist") && "\($0)".contains("name a database")
        }
        let latin = try server.address(UUID().uuidString, "ENCODING latin1 TEMPLATE template0")
        #expect { try PostgresEventStore(latin) } throws: { "\($0)".contains("encoded in LATIN1") }
    }

    @Test("waits for the disk where the database says otherwise")
    func durability() async throws {
        let text = try server.text("postgres") + "&options=-csynchronous_commit%3Doff"
        let connection = try PostgresConnection(PostgresAddress(text))
        #expect(try connection.execute("SHOW synchronous_commit").only().value(0) == "off")
        try PostgresEventSchema(connection).prepare(isReading: false)
        #expect(try connection.execute("SHOW synchronous_commit").only().value(0) == "on")
    }
}

@Suite("An address of PostgreSQL")
struct PostgresAddressTests {
    @Test("is named without its password, and not repeated where it is wrong")
    func password() throws {
        let address = try EventAddress(
            "postgres://me:se%40cret@db.example.com:6432/events?sslmode=verify-full&connect_timeout=2"
        )
        #expect(address.description == "postgres://me@db.example.com:6432/events" && address.file == nil)
        let parameters = try PostgresAddress("postgresql://me:se%40cret@/events?connect_timeout=2").parameters
        #expect(parameters["password"] == "se@cret" && parameters["connect_timeout"] == "2")
        for text in ["postgres://me:secret@[::1/events", "postgres://me:secret@db/events?slmode=require"] {
            let problem = #expect(throws: ConfigurationProblem.self) { try EventAddress(text) }
            #expect(problem?.description.contains("secret") == false && problem?.description.contains("give") == true)
        }
        #expect(try EventAddress("events.sqlite").file?.lastPathComponent == "events.sqlite")
    }

    @Test("elsewhere has to say how the connection is protected")
    func encryption() throws {
        for text in ["postgres://me@db/events", "postgres://me@127.0.0.1,db/events"] {
            let problem = #expect(throws: ConfigurationProblem.self) { try EventAddress(text) }
            #expect(problem?.description.contains("sslmode=verify-full") == true)
        }
        for text in [
            "localhost/events", "127.0.0.1:6432/events", "/events?host=/run/postgresql", "db/events?sslmode=disable",
        ] {
            _ = try EventAddress("postgres://me@\(text)")
        }
    }

    @Test("of nobody is refused with what to do")
    func nobody() throws {
        let address = try PostgresAddress("postgres://me:secret@/events?host=/nowhere")
        let problem = #expect(throws: ConfigurationProblem.self) { try PostgresEventStore(address) }
        #expect(problem?.description.contains("PGPASSWORD") == true && problem?.description.contains("secret") == false)
    }
}
