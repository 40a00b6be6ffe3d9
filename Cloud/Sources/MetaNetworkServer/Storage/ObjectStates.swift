import Crypto
import Foundation
import Synchronization

/// Two runs keep their states at one place, and this one no longer has it.
package struct StateConflict: Error, Sendable, CustomStringConvertible {
    /// One sentence that says where, and how to end it.
    package let description: String
    /// Whether this run has lost the place. Otherwise it had yet to take it over, and does so when it is started again.
    package let isFinal: Bool
}

/// The states of a run in a store of objects, each under a name, that any machine reads, and one run writes.
///
/// The contents are objects of their own names, in parts, and are written first; one small record then names those of all states, under the condition that
/// no other run replaced it since. So a run that ends at any moment leaves the former states or the new ones, and of two runs at one place one is told:
/// whichever does not have the record. A run that goes on has it once it claims it, one that begins anew with the first state that it writes.
package final class ObjectStates: Sendable {
    private let store: any ObjectStore
    private let times: (patience: Duration, pause: Duration)
    private let partBytes: Int
    /// Stands for this run in the record.
    private let run = UUID().uuidString
    private let held = Mutex(Held())

    private struct Part: Codable {
        let key: String
        let bytes: Int
        let sha256: String
    }

    private struct Record: Codable {
        /// Who wrote it.
        let run: String
        /// The parts of each state.
        let states: [String: [Part]]
    }

    /// What this run knows.
    private struct Held {
        /// Of the record that it read or wrote last; `nil` where there was none.
        var tag: ObjectTag?
        /// The states that are its own.
        var states: [String: [Part]] = [:]
        /// Whether the states are this run's once it has claimed them.
        var isToClaim = false
    }

    private static let record = "state.json"
    /// What the keys of parts begin with.
    private static let parts = "state/"

    /// - Parameters:
    ///   - store: Where the states are.
    ///   - patience: How long an operation is tried again where the store cannot be reached.
    ///   - pause: The time between two tries.
    ///   - partBytes: Bytes of a part; what a lost connection has to send again.
    init(
        _ store: any ObjectStore,
        patience: Duration = .seconds(120),
        pause: Duration = .seconds(2),
        partBytes: Int = 256 << 20
    ) {
        (self.store, times, self.partBytes) = (store, (patience, pause), partBytes)
    }

    /// Where the states are, for people.
    package var place: String { store.place(of: "") }

    /// Looks for states before a run begins, before all else, and leaves them as they are: who began by mistake harms nobody.
    ///
    /// - Parameter goesOn: Whether what is there is this run's, which it takes over with ``claim()``.
    /// - Throws: ``ObjectStoreError``, also where the rights that writing takes are missing.
    package func begin(goesOn: Bool) async throws {
        try await store.checkRights()
        let found = try await look()
        let own = goesOn ? found?.record.states ?? [:] : [:]
        held.withLock { $0 = Held(tag: found?.tag, states: own, isToClaim: goesOn) }
    }

    /// Takes over what a run that goes on has found, or an empty place, before its first step: a run that is still writing there, as one that was thought dead, is
    /// refused from here on. Does nothing for one that begins anew, nor a second time.
    ///
    /// - Throws: ``StateConflict`` where another run wrote there since this one looked, ``ObjectStoreError``.
    package func claim() async throws {
        let found = held.withLock { $0 }
        guard found.isToClaim else { return }
        guard try await replaceRecord(found.states) else { throw overtaken }
    }

    /// Whether this run has a state.
    package func isThere(_ name: String) -> Bool { held.withLock { $0.states[name] != nil } }

    /// Replaces a state.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - url: The file with its contents, which is not read into memory.
    /// - Throws: ``StateConflict`` where another run wrote there since this one read or wrote, ``ObjectStoreError``.
    package func write(_ name: String, from url: URL) async throws {
        let data = try Data(contentsOf: url, options: .alwaysMapped)
        // What is there now and no record names is of states that are no more once this one's is written: who saw it comes later.
        let before = try await patiently { try await self.store.list(Self.parts, isDeep: false).objects.map(\.key) }
        let parts = try await writeParts(of: data)
        let states = held.withLock { $0.states }.merging([name: parts]) { $1 }
        guard try await replaceRecord(states) else { throw overtaken }
        let named = Set(states.values.joined().map(\.key))
        for key in before where !named.contains(key) && Self.isPart(key) {
            // What stays is removed the next time: a store that is away would have each waited for.
            do { try await store.delete(key) } catch { break }
        }
    }

    /// Copies a state to this machine.
    ///
    /// - Returns: Whether this run has one.
    /// - Throws: ``ObjectStoreError``, also where a part is missing or damaged; ``StateConflict`` where another run has the place by now.
    package func fetch(_ name: String, to url: URL) async throws -> Bool {
        guard let parts = held.withLock({ $0.states[name] }) else { return false }
        let file = try FileHandle(forWritingTo: url)
        defer { try? file.close() }
        let aside = url.appendingPathExtension("part")
        defer { try? FileManager.default.removeItem(at: aside) }
        for part in parts {
            let isThere = try await patiently { try await self.store.fetch(part.key, to: aside) }
            let data = isThere ? try Data(contentsOf: aside, options: .alwaysMapped) : Data()
            guard data.count == part.bytes, Self.digest(of: data) == part.sha256 else {
                throw try await unreadable(part, isThere)
            }
            try file.write(contentsOf: data)
        }
        return true
    }

    /// Forgets a state, which goes with the next one that is written: until then another run may have it.
    package func forget(_ name: String) { held.withLock { $0.states[name] = nil } }

    /// Whether a key has the form of those that ``writeParts(of:)`` writes: what else is below the prefix is somebody else's.
    private static func isPart(_ key: String) -> Bool {
        let name = key.dropFirst(parts.count)
        let (run, number) = (String(name.prefix(36)), name.dropFirst(36))
        return UUID(uuidString: run)?.uuidString == run && number.first == "-" && Int(number.dropFirst()) != nil
    }

    private static func digest(of data: Data) -> String { SHA256.hash(data: data).hexadecimalDigits }

    /// Why a part is not what it was: another run has the place by now, or it was damaged.
    private func unreadable(_ part: Part, _ isThere: Bool) async throws -> any Error {
        let (found, tag) = (try await patiently { try await self.look() }, held.withLock { $0.tag })
        guard let found, found.tag == tag || found.record.run == run else { return overtaken }
        return ObjectStoreError(
            "\(store.place(of: part.key)) is \(isThere ? "damaged" : "missing"), which \(store.place(of: Self.record)) names; remove that one to "
                + "begin anew"
        )
    }

    private var overtaken: StateConflict {
        let isFinal = held.withLock { !$0.isToClaim }
        let what =
            isFinal
            ? "meanwhile: two runs keep their state at the same place; end one of them, or give each a place of its own"
            : "while this one began: start it again to go on from what is there now"
        return StateConflict(
            description: "\(store.place(of: Self.record)) was written by another run \(what)",
            isFinal: isFinal
        )
    }

    private func look() async throws -> (record: Record, tag: ObjectTag)? {
        guard
            case .contents(let data, let tag) = try await store.get(Self.record, unless: nil, upTo: ObjectBytes.record)
        else { return nil }
        guard let record = try? JSONDecoder().decode(Record.self, from: data) else {
            throw ObjectStoreError(
                "\(store.place(of: Self.record)) is no record of a state; give another place, or remove it"
            )
        }
        return (record, tag)
    }

    private func writeParts(of data: Data) async throws -> [Part] {
        let prefix = Self.parts + UUID().uuidString
        var parts: [Part] = []
        for start in stride(from: 0, to: data.count, by: partBytes) {
            let part = data[start..<min(start + partBytes, data.count)]
            let key = "\(prefix)-\(parts.count)"
            // No other run writes this name: where it is there, a try was done that had no answer.
            _ = try await patiently { try await self.store.put(key, part, if: .absent) }
            parts.append(Part(key: key, bytes: part.count, sha256: Self.digest(of: part)))
        }
        return parts
    }

    /// Writes the record over the one that this run knows.
    ///
    /// - Returns: Whether it did; not where another run's is there.
    private func replaceRecord(_ states: [String: [Part]]) async throws -> Bool {
        let data = try JSONEncoder().encode(Record(run: run, states: states))
        let known = held.withLock { $0.tag }
        let tag = try await patiently { () -> ObjectTag? in
            var before = known
            for _ in 0..<Self.looks {
                let condition = before.map { ObjectCondition.matches($0) } ?? .absent
                if let tag = try await self.store.put(Self.record, data, if: condition) { return tag }
                // This run's own may be there, of a try that had no answer, however long ago.
                guard let found = try await self.look(), found.record.run == self.run else { return nil }
                before = found.tag
            }
            return nil
        }
        guard let tag else { return false }
        held.withLock { $0 = Held(tag: tag, states: states) }
        return true
    }

    /// How often the record is looked at anew where it changes meanwhile.
    private static let looks = 5

    private func patiently<Value>(_ body: () async throws -> Value) async throws -> Value {
        let end = ContinuousClock.now + times.patience
        while true {
            do { return try await body() } catch let error as ObjectStoreError {
                guard error.isOutage, ContinuousClock.now < end else { throw error }
            }
            try await S3Store.wait(times.pause)
        }
    }
}

extension ObjectStates {
    /// Names a place; nothing is asked yet.
    ///
    /// - Parameters:
    ///   - text: `s3://BUCKET/PREFIX`.
    ///   - environment: Has the keys and the server (`AWS_…`).
    /// - Returns: The states there, and a folder of this machine for files on the way.
    /// - Throws: ``ConfigurationProblem``.
    package static func at(
        _ text: String,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigurationProblem) -> (states: ObjectStates, folder: URL) {
        let store = try S3Store(S3Address(text), environment: environment)
        let folder = try UserCache.folder("checkpoint").appendingPathComponent(store.folderName)
        return (ObjectStates(store), folder)
    }
}
