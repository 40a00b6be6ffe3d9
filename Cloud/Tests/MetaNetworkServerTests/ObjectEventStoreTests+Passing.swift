import Foundation
import Logging
import MetaNetworkGzip
import Synchronization
import Testing

@testable import MetaNetworkServer

/// What a pass takes, and what comes of one that is in the way of something or cut off.
extension ObjectEventStoreTests {
    private var events: [String] { objects.keys.filter { $0.hasSuffix(".gz") } }

    @Test("sets a damaged object aside once, reads all it needs of the others, and forgets it with its hour")
    func damage() async throws {
        let store = store()
        for second in 0..<3 {
            _ = try await store.append(message("a", second..<second + 1))
            clock.advance(2 * Self.hour)
        }
        let keys = objects.keys
        for number in 0..<2 { _ = try await store.append(message("b", number..<number + 1)) }
        objects[keys[1]] = Data("gz?".utf8)
        #expect(try read() == ["a/0", "a/2", "b/0", "b/1"])
        let source = try ObjectEventSource(objects)
        #expect(try source.leftOut(of: "m") == DamagedEvents(objects: [.init(key: keys[1], events: 1)]))
        _ = try await store.delete(device: "a")
        clock.advance(86_400)
        try await store.compact()
        #expect(events.count == 2 && objects[".damaged/\(keys[1])"] == Data("gz?".utf8), "\(events)")
        #expect(try read() == ["b/0", "b/1"])
        #expect(try ObjectEventSource(objects).leftOut(of: nil)?.objects.map(\.key) == [keys[1]])
        let before = objects.state.withLock { $0.asked.filter { if case .contents = $0.key { true } else { false } } }
        clock.advance(Self.hour)
        try await store.compact()
        let after = objects.state.withLock {
            $0.asked.filter { if case .contents(let key) = $0.key { key.hasSuffix(".gz") } else { false } }
        }
        #expect(after.allSatisfy { before[$0.key] == $0.value }, "the next pass reads none of them")
        _ = try await store.delete(arrivedBefore: clock.now())
        #expect(events.isEmpty)
        #expect(throws: ConfigurationProblem.self) { try ObjectEventSource(MemoryObjects()) }
    }

    @Test(
        "leaves one that is damaged again where it is, beside the one that was set aside, and goes on with all others"
    )
    func damagedAgain() async throws {
        let store = store()
        for hour in 0..<3 {
            for second in 0..<2 { _ = try await store.append(message("a", hour * 2 + second..<hour * 2 + second + 1)) }
            clock.advance(Self.hour)
        }
        let first = events[0]
        for text in ["gz?", "gz!"] {
            objects[first] = Data(text.utf8)
            clock.advance(Self.hour)
            try await store.compact()
        }
        #expect(objects[first] == Data("gz!".utf8) && objects[".damaged/\(first)"] == Data("gz?".utf8))
        #expect(events.count == 1 + 1 + 3, "one of each hour, and the two that are damaged: \(events)")
        _ = try await store.delete(device: "a")
        clock.advance(86_400)
        try await store.compact()
        #expect(events == [".damaged/\(first)", first], "what was deleted is gone all the same: \(events)")
        objects[".damaged/\(first)"] = nil
        objects["\(first.prefix(16))\(20_000 * 86_400 + 1)-s-0-1.jsonl.gz"] = objects[first]
        clock.advance(Self.hour)
        try await store.compact()
        #expect(events.allSatisfy { $0.hasPrefix(".damaged/") } && events.count == 2, "\(events)")
    }

    /// Lines as an object's contents.
    private func packed(_ text: String) -> Data { Deflater().pack(Array(text.utf8), isLast: true) }

    @Test("takes no form that it does not know for damage: it leaves it, and its deletions to services that know it")
    func otherForm() async throws {
        let service = store()
        for device in ["a", "b"] {
            for second in 0..<2 { _ = try await service.append(message(device, second..<second + 1)) }
            clock.advance(Self.hour)
        }
        let all = events
        let newer = packed(#"{"id":"e","item":"a/9","moment":[1,2],"device":"a","arrival":1728000000}"# + "\n")
        let old = objects[all[0]]
        objects[all[0]] = newer
        objects[all[1]] = packed("no JSON\n")
        _ = try await service.delete(device: "a")
        clock.advance(86_400)
        for _ in 0..<2 {
            try await service.compact()
            #expect(events.count == 3 && objects[all[0]] == newer, "\(events)")
            #expect(objects[".damaged/\(all[1])"] != nil && objects[".damaged/\(all[0])"] == nil)
            clock.advance(Self.hour)
        }
        // As a service does that knows it.
        objects[all[0]] = old
        clock.advance(12 * Self.hour)
        try await service.compact()
        #expect(try read() == ["b/0", "b/1"] && !events.contains(all[0]), "what was deleted is gone from it, too")
    }

    /// An object in a form of a newer release, beside those of three hours, and what it was before.
    private func newer(at number: Int) async throws -> (key: String, data: Data?) {
        for hour in 0..<3 {
            for device in ["\(hour)", "d"] {
                _ = try await store().append(message(device, hour..<hour + 1))
                clock.advance(1)
            }
            clock.advance(Self.hour)
        }
        clock.advance(2 * Self.hour)
        try await store().compact()
        let key = events[number]
        let newer = #"{"id":"e","item":"a/9","moment":[1,2],"device":"a","arrival":1728000000}"# + "\n"
        defer { objects[key] = packed(newer) }
        return (key, objects[key])
    }

    @Test("carries out all deletions beside a form that it does not know, and reads for that twice a day")
    func deletionsBesideOtherForm() async throws {
        let service = store()
        let (unknown, old) = try await newer(at: 1)
        for device in ["2", "0", "1"] {
            _ = try await service.delete(device: device)
            let before = objects.asked(.contents(unknown))
            for _ in 0..<15 {
                clock.advance(Self.hour)
                try await service.compact()
            }
            #expect((1...2).contains(objects.asked(.contents(unknown)) - before), "\(device)")
            let devices = try events.filter { $0 != unknown }
                .flatMap { try EventLine.unpacked(#require(objects[$0]), at: $0).lines.map(\.device) }
            #expect(devices.contains("d") && !devices.contains(device), "\(devices)")
        }
        objects[unknown] = old
        clock.advance(12 * Self.hour)
        try await service.compact()
        #expect(try lines().map(\.device) == ["d", "d", "d"], "and in that one, once it can be read")
        let gets = objects.state.withLock { $0.asked }
        clock.advance(13 * Self.hour)
        try await service.compact()
        #expect(events.allSatisfy { objects.asked(.contents($0)) == gets[.contents($0)] ?? 0 }, "all is carried out")
    }

    @Test("knows of a form that it did not know although it was ended in the middle of carrying out deletions")
    func otherFormResumed() async throws {
        let (unknown, old) = try await newer(at: 0)
        _ = try await store().delete(device: "0")
        clock.advance(14 * Self.hour)
        let once = Once()
        let last = events[2]
        let watched = WatchedObjects(objects: objects) { kind, key in
            guard kind == .get, key.hasSuffix(".gz") else { return }
            clock.advance(61)
            if key == last { try await once { throw CancellationError() } }
        }
        let other = ObjectEventStore(watched, now: clock.now)
        await #expect(throws: CancellationError.self) { try await other.compact() }
        let reads = objects.asked(.contents(unknown))
        clock.advance(Self.hour)
        try await other.compact()
        #expect(objects.asked(.contents(unknown)) == reads, "it goes on after it")
        objects[unknown] = old
        clock.advance(14 * Self.hour)
        try await other.compact()
        #expect(try Set(lines().map(\.device)) == ["1", "2", "d"])
    }

    @Test("keeps what a newer release added to events, where it puts objects together and where it writes them anew")
    func addedMembers() async throws {
        let texts = ["a", "b", "c"].map { device in
            #"{"id":"e", "moment":{"zone":"\#(device)"},"item":"1","time":0,"device":"\#(device)","arrival":1728000000}"#
                + "\n"
        }
        func all() throws -> [String] {
            try events.map { key in
                let inflater = Inflater()
                var (text, rest) = (Data(), objects[key])
                while let piece = try inflater.next({
                    defer { rest = nil }
                    return rest
                }) {
                    text += piece
                }
                return String(decoding: text, as: UTF8.self)
            }
        }
        for (number, text) in texts.enumerated() {
            let object = EventObject(model: "m", arrival: clock.now(), writer: "s", number: number, count: 1)
            objects[object.key] = packed(text)
        }
        clock.advance(2 * Self.hour)
        try await store().compact()
        #expect(try all() == [texts.joined()])
        _ = try await store().delete(device: "b")
        clock.advance(14 * Self.hour)
        try await store().compact()
        #expect(try all() == [texts[0] + texts[2]])
    }

    @Test("takes no deletion for carried out that was asked for while old events were forgotten")
    func deletionWhileForgetting() async throws {
        let service = store()
        _ = try await service.append(message("a", 0..<1))
        clock.advance(100 * 86_400)
        for device in ["b", "c"] { _ = try await service.append(message(device, 0..<1)) }
        clock.advance(1)
        _ = try await service.delete(device: "b")
        clock.advance(14 * Self.hour)
        let once = Once()
        let watched = WatchedObjects(objects: objects) { kind, key in
            guard kind == .delete, key.hasSuffix(".gz") else { return }
            try await once {
                _ = try await service.delete(device: "c")
                clock.advance(2_400)
            }
        }
        var settings = ServerConfiguration.Retention()
        settings.share = 1
        #expect(try await ObjectEventStore(watched, now: clock.now).pass(settings) == .deleted(1))
        #expect(try lines().map(\.device) == ["c"], "it was not known yet")
        clock.advance(14 * Self.hour)
        _ = try await service.pass(settings)
        #expect(events.isEmpty)
    }

    @Test("takes what others wrote by names and numbers that overflow for none of its own")
    func overflow() async throws {
        let service = store()
        for second in 0..<2 {
            _ = try await service.append(message("a", second..<second + 1))
            clock.advance(1)
        }
        let day = "m/2024-10-04/00/"
        objects["\(day)1728000000-m\(Int.max)xf-0-1.jsonl.gz"] = packed("")
        objects["\(day)1728000000-s-0-\(Int.max).jsonl.gz"] = packed("")
        objects[".deletions/\(Int.max)-f"] = Data("1".utf8)
        for turn in [
            #"{"began":\#(Int.min),"erased":0}"#, #"{"began":\#(Int.max),"erased":0}"#,
            #"{"began":0,"erased":0,"erasing":{"began":\#(Int.min),"through":""}}"#,
        ] {
            objects[".turn.json"] = Data(turn.utf8)
            clock.advance(2 * Self.hour)
            #expect(try await service.pass(ServerConfiguration.Retention()) == .deleted(0), "\(turn)")
        }
        #expect(try read() == ["a/0", "a/1"])
    }

    @Test(
        "goes on with deletions where a service was ended in the middle of them, and does a minute of it twice at most"
    )
    func resuming() async throws {
        let service = store()
        for hour in 0..<6 {
            for device in ["a", "b"] { _ = try await service.append(message(device, hour..<hour + 1)) }
            clock.advance(Self.hour)
        }
        _ = try await service.delete(device: "a")
        clock.advance(14 * Self.hour)
        let gets = Mutex(0)
        let limit = Mutex(8)
        let watched = WatchedObjects(objects: objects) { kind, key in
            guard kind == .get, key.hasSuffix(".gz") else { return }
            clock.advance(61)
            let count = gets.withLock { count in
                count += 1
                return count
            }
            if count == limit.withLock({ $0 }) { throw CancellationError() }
        }
        let other = ObjectEventStore(watched, now: clock.now)
        await #expect(throws: CancellationError.self) { try await other.compact() }
        // Asked for meanwhile: it waits for the next time.
        _ = try await service.delete(device: "b")
        clock.advance(Self.hour)
        limit.withLock { $0 = .max }
        try await other.compact()
        #expect(gets.withLock { $0 } == 8 + 6, "two objects an hour, three hours were done")
        #expect(try lines().filter { $0.device == "a" }.isEmpty)
        clock.advance(14 * Self.hour)
        try await other.compact()
        #expect(events.isEmpty, "\(events)")
    }

    @Test(
        "lists everything once an hour, whoever many services there are, and asks for nothing else where nothing is to be done"
    )
    func requests() async throws {
        for hour in 0..<240 {
            let object = EventObject(model: "m", arrival: clock.now(), writer: "s", number: hour, count: 10)
            objects[object.key] = Data("1".utf8)
            clock.advance(Self.hour)
        }
        clock.advance(Self.hour)
        let services = (0..<3).map { _ in
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            return EventRetention(store: store(), settings: ServerConfiguration.Retention(), logger: logger)
        }
        for (number, service) in services.enumerated() {
            #expect(try await service.pass(now: 0) == (number == 0 ? .deleted(0) : .notDue))
        }
        let asked = objects.state.withLock { $0.asked }
        #expect(asked[.list("")] == 1 && asked[.put(".turn.json")] == 1 && asked[.contents(".turn.json")] == 2)
        #expect(asked.values.reduce(0, +) == 4, "\(asked)")
    }

    @Test("forgets what is too old by the store's clock, not by the machine's, and no more than the share")
    func retained() async throws {
        let store = store()
        for _ in 0..<200 {
            _ = try await store.append(message("a", 0..<10))
            clock.advance(Self.hour)
        }
        clock.advance(Self.hour)
        var settings = ServerConfiguration.Retention()
        settings.days = 8
        #expect(try await store.pass(settings) == .deleted(90))
        settings.days = 1
        clock.advance(Self.hour)
        #expect(try await store.pass(settings) == .refused(old: 1_690, of: 1_910))
        settings.share = 1
        clock.advance(Self.hour)
        #expect(try await store.pass(settings) == .deleted(1_700))
    }

    @Test("does not start where a right is missing, whichever, or conditions do not hold, and leaves nothing there")
    func rights() throws {
        let store = store()
        try store.check()
        let all = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject", "s3:ListBucket"]
        for lacking in all.map({ [$0] }) + [Array(all[..<3]), all] {
            objects.state.withLock { $0.lacking = Set(lacking) }
            let problem = #expect(throws: ConfigurationProblem.self) { try store.check() }
            // Of who may not list it is not known what else they may.
            let named = lacking == all ? ["s3:DeleteObject", "s3:ListBucket"] : lacking
            #expect(all.filter { problem?.description.contains("give them \($0)") == true } == named, "\(lacking)")
        }
        objects.state.withLock { ($0.lacking, $0.ignoresConditions) = ([], true) }
        let problem = #expect(throws: ConfigurationProblem.self) { try store.check() }
        #expect(problem?.description.contains("conditions of writes") == true, "\(problem as Any)")
    }
}
