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

    /// The states as another run sees them.
    private func states(_ store: (any ObjectStore)? = nil, patience: Duration = .zero) -> ObjectStates {
        ObjectStates(store ?? objects, patience: patience, pause: .milliseconds(5), partBytes: 4)
    }

    private func write(_ text: String, _ states: ObjectStates, _ name: String = "state") async throws {
        let url = folder.appendingPathComponent("written")
        try Data(text.utf8).write(to: url)
        try await states.write(name, from: url)
    }

    private func read(_ states: ObjectStates, _ name: String = "state") async throws -> String? {
        let url = folder.appendingPathComponent("read")
        try Data().write(to: url)
        guard try await states.fetch(name, to: url) else { return nil }
        return String(decoding: try Data(contentsOf: url), as: UTF8.self)
    }

    @Test("are read as they were written, in parts, and those before are gone")
    func parts() async throws {
        let own = states()
        try await own.begin(["state", "state.base"])
        #expect(try await read(own) == nil)
        #expect(try await own.isThere("state") == false && objects.keys.isEmpty)
        for text in ["one two three", "", "four"] {
            try await write(text, own)
            #expect(try await read(states()) == text)
            #expect(objects.keys.count == 1 + (text.count + 3) / 4, "\(objects.keys)")
        }
        #expect(try await own.isThere("state"))
        #expect(try await own.isThere("state.base") == false)
        try await write("base", own, "state.base")
        try await own.remove("state")
        #expect(try await read(own) == nil)
        #expect(try await read(own, "state.base") == "base")
        try await write("anew", own)
        #expect(try await read(states()) == "anew")
    }

    @Test("are the former or the new one, wherever a run ends that writes, and what it left goes with the next")
    func killed() async throws {
        try await write("the former", states())
        struct Killed: Error {}
        // The list, three parts, the record: and what follows it.
        for end in 0..<4 {
            let count = Count()
            let store = WatchedObjects(objects: objects) { kind, _ in
                if kind == .put, count.next() == end { throw Killed() }
            }
            await #expect(throws: Killed.self) { try await self.write("the newest", self.states(store)) }
            #expect(try await read(states()) == "the former")
        }
        try await write("the newest", states())
        #expect(try await read(states()) == "the newest" && objects.keys.count == 4)
    }

    @Test("are not written over by a run that did not see the last of them, which is told so")
    func two() async throws {
        let (one, other) = (states(), states())
        for run in [one, other] { try await run.begin(["state"]) }
        try await write("one", one)
        let error = await #expect(throws: ObjectStoreError.self) { try await self.write("other", other) }
        #expect(error?.description.contains("state.json was written by somebody else meanwhile") == true)
        #expect(error?.isOutage == false)
        #expect(try await read(states()) == "one")
        // One that goes on from it takes it over, and the first one is told.
        let third = states()
        try await third.begin(["state"])
        try await write("third", third)
        await #expect(throws: ObjectStoreError.self) { try await self.write("one again", one) }
        #expect(try await read(states()) == "third")
    }

    @Test("are written where an answer was lost, and where the store is away for less than it is waited for")
    func away() async throws {
        let own = states(patience: .seconds(20))
        try await own.begin(["state"])
        objects.state.withLock { $0.unanswered = [".json", "-1"] }
        try await write("without an answer", own)
        #expect(try await read(states()) == "without an answer")
        objects.setAway(true)
        async let back: Void = {
            try await Task.sleep(for: .milliseconds(100))
            self.objects.setAway(false)
        }()
        try await write("later", own)
        try await back
        #expect(try await read(states()) == "later")
        objects.setAway(true)
        let error = await #expect(throws: ObjectStoreError.self) { try await self.write("never", self.states()) }
        #expect(error?.isOutage == true)
    }

    @Test("that lack a part, or have another one, or are something else, are refused by name")
    func damaged() async throws {
        try await write("whole and sound", states())
        let key = try #require(objects.keys.first { $0.hasSuffix("-1") })
        objects[key] = Data("oops".utf8)
        func message() async -> String? {
            let error = await #expect(throws: ObjectStoreError.self) { try await self.read(self.states()) }
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
