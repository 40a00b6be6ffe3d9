import Crypto
import Foundation
import Synchronization

/// States of a run in a store of objects, each under a name, that any machine reads, and one run writes.
///
/// The contents are objects of their own names, in parts, and are written first; a small record then names them, under the condition that nobody else
/// replaced it since. So a run that ends at any moment leaves the former state or the new one, and of two that keep theirs at one place by mistake one is told.
package final class ObjectStates: Sendable {
    private let store: any ObjectStore
    private let times: (patience: Duration, pause: Duration)
    private let partBytes: Int
    /// The record that this run read or wrote last, by name; none where there was none.
    private let known = Mutex<[String: ObjectTag?]>([:])

    private struct Record: Codable {
        struct Part: Codable {
            let key: String
            let bytes: Int
            let sha256: String
        }

        let parts: [Part]
    }

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

    /// Where a state is, for people.
    package func place(of name: String) -> String { store.place(of: name) }

    /// Looks for states before a run begins: what others write from here on is theirs.
    ///
    /// - Parameter names: Their names.
    /// - Throws: ``ObjectStoreError``, also where the rights that writing takes are missing.
    package func begin(_ names: [String]) async throws {
        for name in names {
            known.withLock { $0[name] = nil }
            _ = try await look(name)
            // Without the right nothing would ever be removed.
            _ = try await store.list("\(name)/", isDeep: true)
        }
        let key = "\(UUID().uuidString).try"
        _ = try await store.put(key, Data(), if: .absent)
        try await store.delete(key)
    }

    /// Whether there is a state.
    ///
    /// - Throws: ``ObjectStoreError``.
    package func isThere(_ name: String) async throws -> Bool {
        try await patiently { try await self.look(name) } != nil
    }

    /// Replaces a state.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - url: The file with its contents, which is not read into memory.
    /// - Throws: ``ObjectStoreError``, also where somebody else wrote it since this run read or wrote it.
    package func write(_ name: String, from url: URL) async throws {
        let data = try Data(contentsOf: url, options: .alwaysMapped)
        if known.withLock({ $0[name] }) == nil { _ = try await patiently { try await self.look(name) } }
        // What is there now is of states that are no more once the record is written: who saw this one's record comes later.
        let dead = try await patiently { try await self.store.list("\(name)/", isDeep: true).objects.map(\.key) }
        let parts = try await writeParts(of: data, "\(name)/\(UUID().uuidString)")
        try await replaceRecord(name, try JSONEncoder().encode(Record(parts: parts)))
        // What stays is removed the next time.
        for key in dead { try? await store.delete(key) }
    }

    /// Copies a state to this machine.
    ///
    /// - Returns: Whether there is one.
    /// - Throws: ``ObjectStoreError``, also where a part is missing or damaged.
    package func fetch(_ name: String, to url: URL) async throws -> Bool {
        known.withLock { $0[name] = nil }
        guard let record = try await patiently({ try await self.look(name) }) else { return false }
        let file = try FileHandle(forWritingTo: url)
        defer { try? file.close() }
        let aside = url.appendingPathExtension("part")
        defer { try? FileManager.default.removeItem(at: aside) }
        for part in record.parts {
            let isThere = try await patiently { try await self.store.fetch(part.key, to: aside) }
            let data = isThere ? try Data(contentsOf: aside, options: .alwaysMapped) : Data()
            guard data.count == part.bytes, Self.digest(of: data) == part.sha256 else {
                throw ObjectStoreError(
                    "\(store.place(of: part.key)) is \(isThere ? "damaged" : "missing"), which \(place(of: Self.record(of: name))) names; remove "
                        + "that one to begin anew"
                )
            }
            try file.write(contentsOf: data)
        }
        return true
    }

    /// Removes a state.
    ///
    /// - Throws: ``ObjectStoreError``.
    package func remove(_ name: String) async throws {
        try await patiently {
            try await self.store.delete(Self.record(of: name))
            for object in try await self.store.list("\(name)/", isDeep: true).objects {
                try await self.store.delete(object.key)
            }
        }
        known.withLock { $0[name] = .some(nil) }
    }

    private static func record(of name: String) -> String { "\(name).json" }

    private static func digest(of data: Data) -> String { SHA256.hash(data: data).hexadecimalDigits }

    /// Reads a record; the first time it is what this run goes on from.
    private func look(_ name: String) async throws -> Record? {
        let key = Self.record(of: name)
        guard case .contents(let data, let tag) = try await store.get(key, unless: nil, upTo: ObjectBytes.record) else {
            known.withLock { if $0[name] == nil { $0[name] = .some(nil) } }
            return nil
        }
        guard let record = try? JSONDecoder().decode(Record.self, from: data) else {
            throw ObjectStoreError("\(place(of: key)) is no record of a state; give another place, or remove it")
        }
        known.withLock { if $0[name] == nil { $0[name] = tag } }
        return record
    }

    private func writeParts(of data: Data, _ prefix: String) async throws -> [Record.Part] {
        var parts: [Record.Part] = []
        for start in stride(from: 0, to: data.count, by: partBytes) {
            let part = data[start..<min(start + partBytes, data.count)]
            let key = "\(prefix)-\(parts.count)"
            // No other run writes this name: where it is there, a try was done that had no answer.
            _ = try await patiently { try await self.store.put(key, part, if: .absent) }
            parts.append(Record.Part(key: key, bytes: part.count, sha256: Self.digest(of: part)))
        }
        return parts
    }

    private func replaceRecord(_ name: String, _ record: Data) async throws {
        let key = Self.record(of: name)
        let before = known.withLock { $0[name] ?? nil }
        let tag = try await patiently { () -> ObjectTag? in
            let condition = before.map { ObjectCondition.matches($0) } ?? .absent
            if let tag = try await self.store.put(key, record, if: condition) { return tag }
            // Of an earlier try that had no answer.
            guard case .contents(record, let tag) = try await self.store.get(key, unless: nil, upTo: ObjectBytes.record)
            else { return nil }
            return tag
        }
        guard let tag else {
            throw ObjectStoreError(
                "\(place(of: key)) was written by somebody else meanwhile: two runs keep their state at the same place; end one of them, or give each a "
                    + "place of its own"
            )
        }
        known.withLock { $0[name] = tag }
    }

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
