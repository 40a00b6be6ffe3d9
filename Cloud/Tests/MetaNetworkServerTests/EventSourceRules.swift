import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

/// What stores keep to that outlive their process, whoever reads them.
extension EventRule where Store == KeptEvents {
    static var all: [Self] { [inputs, codes, purposes, export, pages, readOnly, day, size] }

    static func message(_ device: String, _ range: Range<Int>, item: (Int) -> String = { "\($0)" }) -> EventMessage {
        EventMessage(
            device: device,
            model: "m",
            events: range.map { SampleEvents.Event(id: "event-\($0)", item: item($0), time: $0 / 10) }
        )
    }

    private static var inputs: Self {
        Self("reads inputs in the order of their arrival after a number, which no later one gets again") { maker in
            let store = try maker()
            func send(_ device: String, _ model: String, _ numbers: Range<Int>, _ uncertainty: Float? = 0.25)
                async throws
            {
                let events = numbers.map {
                    SampleEvents.Event(
                        id: "event-\(1000 + $0)",
                        item: "\(device) \($0)",
                        time: $0,
                        uncertainty: uncertainty
                    )
                }
                _ = try await store.append(EventMessage(device: device, model: model, events: events))
            }
            try await send("a", "m", 0..<3)
            try await send("b", "other", 0..<2)
            try await send("b", "m", 5..<7, nil)
            try await send("b", "m", 2..<4)
            // What is repeated takes no number.
            try await send("a", "m", 0..<4)
            let reader = try maker.read("events")
            let first = try reader.inputs(of: "m", after: 0, limit: 4)
            #expect(first.map(\.text) == ["a 0", "a 1", "a 2", "b 2"] && first.map(\.number) == [1, 2, 3, 8])
            #expect(first.allSatisfy { $0.uncertainty == 0.25 && $0.device == String($0.text.prefix(1)) })
            let rest = try reader.inputs(of: "m", after: 8, limit: 100)
            #expect(rest.map(\.text) == ["b 3", "a 3"] && rest.map(\.number) == [9, 10])
            #expect(try reader.inputs(of: "nothing", after: 0, limit: 100).isEmpty)
            // The last numbers are free again, and are not given.
            _ = try await store.delete(device: "a")
            _ = try await store.delete(device: "b")
            #expect(try reader.lastNumber() == 0)
            try await send("c", "m", 0..<1)
            #expect(try reader.inputs(of: "m", after: 10, limit: 100).map(\.text) == ["c 0"])
            _ = try await store.delete(arrivedBefore: .max)
            let again = try maker()
            let event = SampleEvents.Event(id: "event-1000", item: "d 0", time: 0, uncertainty: 0.5)
            _ = try await again.append(EventMessage(device: "d", model: "m", events: [event]))
            #expect(try reader.inputs(of: "m", after: 11, limit: 100).map(\.number) == [12])
        }
    }

    private static func code(_ number: Int, _ values: [Float], _ version: String = "v1") throws -> SampleEvents.Event {
        let code = try #require(SampleEvents.Event.Code(values, version: version))
        return .init(id: "event-\(1000 + number)", code: code, time: number)
    }

    private static var codes: Self {
        Self("reads each device's last code of a version") { maker in
            let store = try maker()
            func send(_ device: String, _ model: String, _ events: SampleEvents.Event...) async throws {
                _ = try await store.append(EventMessage(device: device, model: model, events: events))
            }
            try await send("b", "movies", code(0, [1, 2]), code(1, [3, 4]))
            try await send("a", "movies", code(0, [5, 6]), .init(id: "event-2000", item: "50", time: 3))
            try await send("a", "movies", code(5, [7, 8], "v2"))
            try await send("c", "other", code(0, [9, 9]))
            let reader = try maker.read("events")
            #expect(
                try reader.codes(of: "movies", version: "v1") == [
                    .init(device: "a", values: [5, 6]), .init(device: "b", values: [3, 4]),
                ]
            )
            #expect(try reader.codes(of: "movies", version: "v3").isEmpty)
            #expect(try reader.codeDevices(of: "movies") == ["v1": 2, "v2": 1])
            #expect(try reader.inputs(of: "movies", after: 0, limit: 9).isEmpty)
            let events = try await store.stored("movies")
            #expect(events.filter { $0.code == nil }.map(\.item) == ["50"] && events.count == 5)
        }
    }

    private static var purposes: Self {
        Self("tells which inputs and codes may be read for a purpose, and counts them") { maker in
            let store = try maker()
            let (research, ads) = (
                SampleEvents.Event.Consent(purpose: "research", version: "2026-03"),
                SampleEvents.Event.Consent(purpose: "ads", version: "7")
            )
            for (device, consent) in [("a", research), ("b", ads), ("c", nil)] {
                var input = SampleEvents.Event(id: "input-01", item: "ADg=", time: 1, uncertainty: 0.5)
                var code = try code(2, [1])
                (input.consent, code.consent) = (consent, consent)
                _ = try await store.append(EventMessage(device: device, model: "m", events: [input, code]))
            }
            let reader = try maker.read("events")
            #expect(try reader.inputs(of: "m", after: 0, limit: 9).map(\.device) == ["a", "b", "c"])
            #expect(try reader.inputs(of: "m", after: 0, limit: 9, purpose: "ads").map(\.device) == ["b"])
            #expect(try reader.codes(of: "m", version: "v1").map(\.device) == ["a", "b", "c"])
            #expect(try reader.codes(of: "m", version: "v1", purpose: "research").map(\.device) == ["a"])
            #expect(try reader.codes(of: "m", version: "v1", purpose: "sport").isEmpty)
            #expect(
                try reader.consents()
                    == [nil, ads, research].map { ConsentCount(model: "m", consent: $0, events: 2, devices: 1) }
            )
            #expect(try reader.consents(of: "other").isEmpty)
        }
    }

    private static var export: Self {
        Self("gives a device everything that is stored of it, in the order of arrival") { maker in
            let store = try maker("events", TestClock(99), quota: EventQuota(deviceEvents: 3))
            _ = try await store.append(message("a", 0..<2))
            _ = try await store.append(message("b", 0..<3))
            var last = try code(3, [0.123, 4.56])
            last.consent = .init(purpose: "ads", version: "7")
            _ = try await store.append(EventMessage(device: "a", model: "m", events: [last]))
            await #expect(throws: EventsRefused.self) {
                try await store.append(EventMessage(device: "a", model: "m", events: [code(4, [1])]))
            }
            var events: [DeviceEvent] = []
            try maker.read("events").forEachEvent(ofDevice: "a") { events.append($0) }
            #expect(events.map(\.item) == ["0", "1", ""] && events.map(\.id) == ["event-0", "event-1", "event-1003"])
            #expect(events.allSatisfy { $0.arrival == 99 && $0.model == "m" } && events.map(\.time) == [0, 0, 3])
            #expect(events.last?.code?.floats == [0.123, 4.56] && events.last?.consent == last.consent)
            #expect(try await store.delete(device: "a") == 3)
            #expect(try maker.read("events").codeDevices(of: "m").isEmpty)
        }
    }

    private static var pages: Self {
        Self("is read page by page in the same order, asynchronously or not, while others arrive") { maker in
            let store = try maker()
            for device in ["a", "b", "c"] { _ = try await store.append(message(device, 0..<5000)) }
            let expected = ["a", "b", "c"].flatMap { device in
                (0..<5000).map { StoredEvent(device: device, item: "\($0)", time: $0 / 10) }
            }
            let reader = try maker.read("events")
            var read: [StoredEvent] = []
            try reader.forEachEvent(of: "m") { read.append($0) }
            #expect(read == expected)
            read = []
            for try await event in store.events(of: "m") {
                read.append(event)
                // Those behind the position would be read, had they not arrived too late.
                if read.count == 10 { _ = try await store.append(message("d", 0..<10)) }
            }
            #expect(read == expected)
        }
    }

    private static var readOnly: Self {
        Self("changes nothing where it was opened to be read") { maker in
            _ = try await maker().append(message("a", 0..<3))
            let reader = try #require(try maker.read("events") as? any EventStore)
            await #expect(throws: (any Error).self) { try await reader.delete(device: "a") }
            await #expect(throws: (any Error).self) { try await reader.append(message("e", 0..<1)) }
            #expect(try await reader.stored().count == 3)
            #expect(throws: ConfigurationProblem.self) { try maker.read("nothing") }
        }
    }

    private static var day: Self {
        Self("takes so many new events of a device a day, says when the next day begins, and takes more then") {
            maker in
            let clock = TestClock(20_000 * 86_400 + 1_000)
            let store = try maker("events", clock, quota: EventQuota(deviceEvents: 100))
            #expect(try await store.append(message("a", 0..<60)).stored == 60)
            await #expect(throws: EventsRefused.quota(seconds: 85_400)) {
                try await store.append(message("a", 60..<120))
            }
            #expect(try await store.ages(arrivedBefore: 0).events == 60)
            // What was stored before counts once, and another device has its own quota.
            let repeated = try await store.append(message("a", 0..<60))
            #expect(repeated == SampleEventsReceipt(stored: 0, repeated: 60))
            let mixed = try await store.append(message("a", 30..<100))
            #expect(mixed == SampleEventsReceipt(stored: 40, repeated: 30))
            #expect(try await store.append(message("b", 0..<100)).stored == 100)
            await #expect(throws: EventsRefused.self) { try await store.append(message("a", 100..<101)) }
            clock.advance(85_399)
            await #expect(throws: EventsRefused.quota(seconds: 1)) { try await store.append(message("a", 100..<101)) }
            clock.advance(1)
            #expect(try await store.append(message("a", 100..<200)).stored == 100)
            // Where devices are not known, nobody's quota is another's.
            #expect(try await store.append(message("", 0..<500)).stored == 500)
            try await store.compact()
            await #expect(throws: EventsRefused.self) { try await store.append(message("a", 200..<201)) }
        }
    }

    private static var size: Self {
        Self("takes no more once it is as large as it may be, and takes some again when some were deleted") { maker in
            let store = try maker("events", quota: EventQuota(bytes: 2 << 20))
            var sent = 0
            while sent < 100 {
                do {
                    let item = String(repeating: "x", count: 200)
                    _ = try await store.append(message("device-\(sent)", 0..<500) { _ in item })
                    sent += 1
                } catch EventsRefused.full { break }
            }
            #expect((5..<40).contains(sent))
            for device in 0..<sent - 1 { #expect(try await store.delete(device: "device-\(device)") == 500) }
            #expect(try await store.append(message("another", 0..<500)).stored == 500)
        }
    }
}
