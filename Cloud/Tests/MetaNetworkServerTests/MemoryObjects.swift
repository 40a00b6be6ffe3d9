import Foundation
import Synchronization

@testable import MetaNetworkServer

/// The in-memory twin of a store that speaks S3: it counts what it is asked, and fails when it is told to.
final class MemoryObjects: ObjectStore {
    /// What it was asked, by kind and key.
    enum Ask: Hashable, Sendable {
        case contents(String), unchanged(String), put(String), list(String), delete(String)
    }

    struct State {
        var objects: [String: (data: Data, modified: Date)] = [:]
        var asked: [Ask: Int] = [:]
        var isAway = false
        /// What the keys begin with that cannot be read or written, while the others can.
        var awayPrefix: String?
        /// Whether writes are done whatever their condition, as by servers that do not know them.
        var ignoresConditions = false
        /// What another publisher makes of what is written next under a key that ends so, before whoever wrote it is told that it was late.
        var overtaken: (end: String, make: @Sendable (Data) -> Data)?
        /// Ends of keys whose next write is done without an answer.
        var unanswered: Set<String> = []
        /// Rights that the keys lack.
        var lacking: Set<String> = []
    }

    let state = Mutex(State())

    func place(of key: String) -> String { "s3://models/\(key)" }

    /// Objects by key.
    subscript(_ key: String) -> Data? {
        get { state.withLock { $0.objects[key]?.data } }
        set { state.withLock { $0.objects[key] = newValue.map { ($0, Date(timeIntervalSince1970: 0)) } } }
    }

    var keys: [String] { state.withLock { $0.objects.keys.sorted() } }

    func asked(_ ask: Ask) -> Int { state.withLock { $0.asked[ask] ?? 0 } }

    func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

    func get(_ key: String, unless tag: ObjectTag?, upTo limit: Int) throws -> ObjectReading {
        try state.withLock { state in
            try state.check(key, "s3:GetObject")
            guard let object = state.objects[key] else {
                try state.checkAbsence("s3:GetObject")
                return .absent
            }
            guard object.data.count <= limit else { throw ObjectStoreError("\(place(of: key)) has more bytes") }
            let own = Self.tag(object.data)
            state.asked[own == tag ? .unchanged(key) : .contents(key), default: 0] += 1
            return own == tag ? .unchanged : .contents(object.data, own)
        }
    }

    func fetch(_ key: String, to url: URL) throws -> Bool {
        guard case .contents(let data, _) = try get(key, unless: nil, upTo: .max) else { return false }
        try data.write(to: url)
        return true
    }

    func put(_ key: String, _ data: Data, if condition: ObjectCondition) throws -> ObjectTag? {
        try state.withLock { state in
            try state.check(key, "s3:PutObject")
            state.asked[.put(key), default: 0] += 1
            let old = state.objects[key].map { Self.tag($0.data) }
            let isMet =
                switch condition {
                case .absent: old == nil
                case .matches(let tag): old == tag
                }
            guard isMet || state.ignoresConditions else {
                if old == nil { try state.checkAbsence("s3:PutObject") }
                return nil
            }
            // Whole seconds, as S3 has them.
            state.objects[key] = (data, Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down)))
            if let end = state.unanswered.first(where: key.hasSuffix) {
                state.unanswered.remove(end)
                throw ObjectStoreError("s3://models does not answer", isOutage: true)
            }
            guard let overtaken = state.overtaken, key.hasSuffix(overtaken.end) else { return Self.tag(data) }
            state.overtaken = nil
            state.objects[key]?.data = overtaken.make(data)
            return nil
        }
    }

    func list(_ prefix: String, isDeep: Bool) throws -> ObjectListing {
        try state.withLock { state in
            try state.check("", "s3:ListBucket")
            state.asked[.list(prefix), default: 0] += 1
            var listing = ObjectListing()
            for (key, object) in state.objects.sorted(by: { $0.key < $1.key }) where key.hasPrefix(prefix) {
                guard !isDeep, let end = key.dropFirst(prefix.count).firstIndex(of: "/") else {
                    listing.objects.append(.init(key: key, modified: object.modified, bytes: object.data.count))
                    continue
                }
                let folder = String(key[...end])
                if listing.folders.last != folder { listing.folders.append(folder) }
            }
            return listing
        }
    }

    func delete(_ key: String) throws {
        try state.withLock { state in
            try state.check("", "s3:DeleteObject")
            state.asked[.delete(key), default: 0] += 1
            state.objects[key] = nil
        }
    }

    private static func tag(_ data: Data) -> ObjectTag { ObjectTag(text: "\"\(data.base64EncodedString())\"") }
}

extension MemoryObjects.State {
    fileprivate func check(_ key: String, _ right: String) throws {
        if lacking.contains(right) { throw ObjectStoreError("give them \(right)", isRefusal: true) }
        let isBehind = awayPrefix.map { key.hasPrefix($0) } ?? false
        if isAway || isBehind { throw ObjectStoreError("s3://models cannot be reached", isOutage: true) }
    }

    /// As Amazon does: who may not list is not told what is not there.
    fileprivate func checkAbsence(_ right: String) throws {
        if lacking.contains("s3:ListBucket") { throw ObjectStoreError("give them \(right)", isRefusal: true) }
    }
}
