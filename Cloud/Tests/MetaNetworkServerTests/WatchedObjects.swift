import Foundation
import Synchronization

@testable import MetaNetworkServer

/// Objects that tell a test of each one that is read, written or removed, before it is: what others do meanwhile.
struct WatchedObjects: ObjectStore {
    enum Kind { case get, put, fetch, delete }

    let objects: MemoryObjects
    let before: @Sendable (Kind, _ key: String) async throws -> Void

    func place(of key: String) -> String { objects.place(of: key) }

    func get(_ key: String, unless tag: ObjectTag?, upTo limit: Int) async throws -> ObjectReading {
        try await before(.get, key)
        return try objects.get(key, unless: tag, upTo: limit)
    }

    func fetch(_ key: String, to url: URL) async throws -> Bool {
        try await before(.fetch, key)
        return try objects.fetch(key, to: url)
    }

    func put(_ key: String, _ data: Data, if condition: ObjectCondition) async throws -> ObjectTag? {
        try await before(.put, key)
        return try objects.put(key, data, if: condition)
    }

    func list(_ prefix: String, isDeep: Bool) async throws -> ObjectListing {
        try objects.list(prefix, isDeep: isDeep)
    }

    func delete(_ key: String) async throws {
        try await before(.delete, key)
        try objects.delete(key)
    }
}

/// Runs something the first time it is asked to.
final class Once: Sendable {
    private let isDone = Mutex(false)

    func callAsFunction(_ body: () async throws -> Void) async rethrows {
        let isFirst = isDone.withLock { isDone in
            defer { isDone = true }
            return !isDone
        }
        if isFirst { try await body() }
    }
}
