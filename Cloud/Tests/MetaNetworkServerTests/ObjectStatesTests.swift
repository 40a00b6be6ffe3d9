import Foundation
import Synchronization
import Testing

@testable import MetaNetworkServer

@Suite("States of a run in a store of objects")
final class ObjectStatesTests: Sendable {
    private let objects = MemoryObjects()
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The states as another run sees them, which has begun.
    private func states(
        _ store: (any ObjectStore)? = nil,
        goesOn: Bool = true,
        claims: Bool = true,
        patience: Duration = .zero
    ) async throws -> ObjectStates {
        let states = ObjectStates(store ?? objects, patience: patience, pause: .milliseconds(5), partBytes: 4)
        try await states.begin(goesOn: goesOn)
        if claims { try await states.claim() }
        return states
    }

    private func write(_ text: String, _ states: ObjectStates, _ name: String = "state") async throws {
        let url = folder.appendingPathComponent(UUID().uuidString)
        try Data(text.utf8).write(to: url)
        try await states.write(name, from: url)
    }

    private func read(_ states: ObjectStates, _ name: String = "state") async throws -> String? {
        let url = folder.appendingPathComponent(UUID().uuidString)
        try Data().write(to: url)
        guard try await states.fetch(name, to: url) else { return nil }
        return String(decoding: try Data(contentsOf: url), as: UTF8.self)
    }

    /// What a run that goes on finds; it has the place then.
    private func found(_ name: String = "state") async throws -> String? { try await read(states(), name) }

    /// Expects that a run is told that another one has the place.
    private func expectOvertaken(_ body: () async throws -> Void) async {
        let error = await #expect(throws: StateConflict.self) { try await body() }
        #expect(
            error?.description.contains("state.json was written by another run meanwhile") == true,
            "\(error as Any)"
        )
        #expect(error?.isFinal == true)
    }

    /// Expects that a run that had yet to take the place over is told to start again.
    private func expectChanged(_ body: () async throws -> Void) async {
        let error = await #expect(throws: StateConflict.self) { try await body() }
        #expect(error?.description.contains("while this one began: start it again") == true, "\(error as Any)")
        #expect(error?.isFinal == false)
    }

    @Test("are read as they were written, in parts, and those before are gone")
    func parts() async throws {
        var own = try await states()
        #expect(try await read(own) == nil)
        #expect(!own.isThere("state") && objects.keys == ["state.json"])
        for text in ["one two three", "", "four"] {
            try await write(text, own)
            own = try await states()
            #expect(try await read(own) == text)
            #expect(objects.keys.count == 1 + (text.count + 3) / 4, "\(objects.keys)")
        }
        #expect(own.isThere("state") && !own.isThere("state.base"))
        try await write("base", own, "state.base")
        own.forget("state")
        #expect(try await read(own) == nil)
        #expect(try await found() == "four", "it goes with the next that is written")
    }

    @Test("are the former or the new one, wherever a run ends that writes, and what it left goes with the next")
    func killed() async throws {
        try await write("the former", states())
        struct Killed: Error {}
        // Three parts, the record: and what follows it.
        for end in 0..<4 {
            let count = Count()
            let begun = Mutex(false)
            let store = WatchedObjects(objects: objects) { kind, _ in
                if kind == .put, begun.withLock({ $0 }), count.next() == end { throw Killed() }
            }
            let run = try await states(store)
            begun.withLock { $0 = true }
            // Of any stage: what is left of one that is over would otherwise stay.
            await #expect(throws: Killed.self) { try await self.write("the newest", run, "state.base") }
            #expect(try await found() == "the former")
            #expect(try await found("state.base") == nil)
        }
        try await write("the newest", states())
        #expect(try await found() == "the newest")
        #expect(objects.keys.count == 4)
    }

    @Test(
        "are one run's: whoever began anew beside it is told so where it was written meanwhile, and has changed nothing"
    )
    func two() async throws {
        let (one, other) = (try await states(goesOn: false), try await states(goesOn: false))
        try await write("one", one)
        await expectOvertaken { try await self.write("other", other) }
        try await write("one, later", one)
        #expect(try await found() == "one, later")
    }

    @Test(
        "are left as they are by a run that begins anew until it writes one, which then takes all stages over at once"
    )
    func anew() async throws {
        let one = try await states(goesOn: false)
        for name in ["state.base", "state"] { try await write("one", one, name) }
        let other = try await states(goesOn: false)
        for name in ["state.base", "state"] {
            #expect(try await read(other, name) == nil)
            other.forget(name)
        }
        try await write("one, later", one)
        await expectOvertaken { try await self.write("other", other, "state.base") }
        let third = try await states(goesOn: false)
        try await write("third", third, "state.base")
        #expect(objects.keys.count == 3, "a record, and the two parts of one state")
        await expectOvertaken { try await self.write("too late", one) }
        #expect(try await found("state.base") == "third")
        #expect(try await found() == nil)
    }

    @Test(
        "are those of a run that goes on once it claims them: one that was thought dead is refused, also where it had written none"
    )
    func fenced() async throws {
        let first = try await states()
        let second = try await states()
        await expectOvertaken { try await self.write("none before", first) }
        try await write("second", second)
        let third = try await states()
        await expectOvertaken { try await self.write("thought dead", second) }
        await expectOvertaken { try await self.write("of a stage", second, "state.base") }
        #expect(try await read(third) == "second")
        try await write("third", third)
        #expect(try await found() == "third")
    }

    @Test("are unharmed by a run that looks at them and ends before it claims them, as for other settings")
    func mistake() async throws {
        let one = try await states()
        for text in ["one", "one, later"] {
            try await write(text, one)
            #expect(try await read(states(claims: false)) == text)
        }
        try await write("one, at last", one)
        #expect(try await found() == "one, at last")
    }

    @Test(
        "that another run still writes while one begins to go on from them have that one start again, which takes them over then"
    )
    func lateWrite() async throws {
        let one = try await states()
        try await write("one", one)
        let once = Once()
        let store = WatchedObjects(objects: objects) { kind, key in
            guard kind == .put, key == "state.json" else { return }
            try await once { try await self.write("one, at last", one) }
        }
        await expectChanged { _ = try await self.states(store) }
        try await write("one, in the end", one)
        let two = try await states(store)
        #expect(try await read(two) == "one, in the end")
        try await write("two", two)
        await expectOvertaken { try await self.write("too late", one) }
    }

    @Test("that another run takes over while they are read are not called damaged", arguments: [true, false])
    func takenWhileRead(isClaimed: Bool) async throws {
        try await write("one two", states())
        let once = Once()
        let store = WatchedObjects(objects: objects) { kind, key in
            guard kind == .fetch, key.hasSuffix("-1") else { return }
            try await once { try await self.write("another", self.states()) }
        }
        let reader = try await states(store, claims: isClaimed)
        let expect = isClaimed ? expectOvertaken : expectChanged
        await expect { _ = try await self.read(reader) }
        #expect(try await found() == "another")
    }

    @Test("are written where an answer was lost, and where the store is away for less than it is waited for")
    func away() async throws {
        let own = try await states(patience: .seconds(20))
        objects.state.withLock { $0.unanswered = [".json", "-1"] }
        try await write("without an answer", own)
        objects.setAway(true)
        async let back: Void = {
            try await Task.sleep(for: .milliseconds(100))
            self.objects.setAway(false)
        }()
        try await write("later", own)
        try await back
        #expect(try await found() == "later")
        let impatient = try await states()
        objects.setAway(true)
        let error = await #expect(throws: ObjectStoreError.self) { try await self.write("never", impatient) }
        #expect(error?.isOutage == true)
    }

    @Test("are this run's where a write was done that had no answer for as long as it was waited for")
    func unanswered() async throws {
        let own = try await states(goesOn: false)
        for text in ["first", "second"] {
            objects.state.withLock { $0.unanswered = [".json"] }
            let error = await #expect(throws: ObjectStoreError.self) { try await self.write(text, own) }
            #expect(error?.isOutage == true)
        }
        try await write("third", own)
        #expect(try await found() == "third")
    }

    @Test("that were replaced wait for no store that goes away while they are removed, and are removed the next time")
    func cleaning() async throws {
        let own = try await states()
        try await write("one two three", own)
        let store = UndeletableObjects(objects: objects)
        let next = try await states(store)
        store.isAway.withLock { $0 = true }
        try await write("four", next)
        #expect(store.tries.next() == 1, "not once for each of four parts")
        #expect(objects.keys.count == 6)
        try await write("five", states())
        #expect(objects.keys.count == 2)
    }

    @Test("take nothing along that another one has below the same prefix")
    func others() async throws {
        let own = try await states()
        try await write("one two", own)
        let id = UUID().uuidString
        let names = [
            "state.json", "\(id)", "\(id)-", "\(id)-x", "\(id.lowercased())-0", "versions/1", "state/\(id)-0",
            "\(id)-0/notes",
        ]
        for name in names { objects["state/\(name)"] = Data("another's".utf8) }
        objects["state/\(id)-0"] = Data("left of a run that was killed".utf8)
        try await write("four", own)
        #expect(Set(names.map { "state/\($0)" }).isSubset(of: objects.keys), "\(objects.keys)")
        #expect(objects.keys.count == names.count + 2 && objects["state/\(id)-0"] == nil, "a record, and its one part")
    }

    @Test("are not begun where a right is missing, or the store ignores conditions, and nothing is left there")
    func rights() async throws {
        for right in ["s3:DeleteObject", "s3:ListBucket", "s3:GetObject", "s3:PutObject"] {
            objects.state.withLock { $0.lacking = [right] }
            let error = await #expect(throws: ObjectStoreError.self) { _ = try await self.states() }
            #expect(error?.description.contains(right) == true && objects.keys.isEmpty)
        }
        objects.state.withLock { ($0.lacking, $0.ignoresConditions) = ([], true) }
        let error = await #expect(throws: ObjectStoreError.self) { _ = try await self.states() }
        #expect(error?.description.contains("does not keep to the conditions") == true && objects.keys.isEmpty)
    }

    @Test("that lack a part, or have another one, or are something else, are refused by name")
    func damaged() async throws {
        try await write("whole and sound", states())
        let key = try #require(objects.keys.first { $0.hasSuffix("-1") })
        objects[key] = Data("oops".utf8)
        func message() async -> String? {
            let error = await #expect(throws: ObjectStoreError.self) { try await self.found() }
            return error?.description
        }
        #expect(await message()?.contains("\(key) is damaged, which s3://models/state.json names") == true)
        objects[key] = nil
        #expect(await message()?.contains("\(key) is missing") == true)
        objects["state.json"] = Data("{}".utf8)
        #expect(await message()?.contains("state.json is no record of a state") == true)
    }
}

/// Counts from 0.
private final class Count: Sendable {
    private let number = Mutex(0)

    func next() -> Int {
        number.withLock { number in
            defer { number += 1 }
            return number
        }
    }
}

/// Objects of a store that goes away for whoever removes some, and counts how often that is tried then.
private final class UndeletableObjects: ObjectStore {
    private let objects: MemoryObjects
    let isAway = Mutex(false)
    let tries = Count()

    init(objects: MemoryObjects) { self.objects = objects }

    func place(of key: String) -> String { objects.place(of: key) }

    func get(_ key: String, unless tag: ObjectTag?, upTo limit: Int) throws -> ObjectReading {
        try objects.get(key, unless: tag, upTo: limit)
    }

    func fetch(_ key: String, to url: URL) throws -> Bool { try objects.fetch(key, to: url) }

    func put(_ key: String, _ data: Data, if condition: ObjectCondition) throws -> ObjectTag? {
        try objects.put(key, data, if: condition)
    }

    func list(_ prefix: String, isDeep: Bool) throws -> ObjectListing { try objects.list(prefix, isDeep: isDeep) }

    func delete(_ key: String) throws {
        guard isAway.withLock({ $0 }) else { return try objects.delete(key) }
        _ = tries.next()
        throw ObjectStoreError("s3://models cannot be reached", isOutage: true)
    }
}
