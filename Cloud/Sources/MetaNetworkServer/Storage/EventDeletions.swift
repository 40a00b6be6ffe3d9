import Foundation

/// Which devices had their events deleted: an object for each, whose name says all. Readers leave out what it names at once; the bytes go with
/// the next pass of ``ObjectEventStore/compact()`` that is due.
///
/// Devices are named by digests, as in ``DeletionLog``.
struct EventDeletions: Sendable, Equatable {
    /// When devices asked last, in seconds since 1970, by their digests.
    private(set) var times: [String: Int] = [:]

    /// What the keys begin with; no model's name begins with a dot.
    static let folder = ".deletions/"
    /// Seconds by which two services may read the store's clock differently, and events of a device be on their way to another one while it
    /// asks.
    private static let tolerance = 60

    /// The key of a deletion.
    static func key(of device: String, at time: Int) -> String {
        "\(folder)\(time)-\(DeletionLog.digest(of: device))"
    }

    /// Adds one.
    ///
    /// - Returns: When it was asked for; `nil` where the key is none.
    @discardableResult
    mutating func add(_ key: String) -> Int? {
        guard key.hasPrefix(Self.folder) else { return nil }
        let words = key.dropFirst(Self.folder.count).split(separator: "-")
        guard words.count == 2, let time = Int(words[0]), EventObject.numbers.contains(time) else { return nil }
        let device = String(words[1])
        times[device] = max(times[device] ?? time, time)
        return time
    }

    /// Whether an event is deleted. What its device shared later, because its user agreed again, is not.
    func name(_ line: EventLine) -> Bool {
        guard let end = end(of: line.device) else { return false }
        return line.arrival <= end
    }

    /// When the last events of a device arrived that are deleted, in seconds since 1970; `nil` where none are.
    func end(of device: String) -> Int? {
        times.isEmpty ? nil : times[DeletionLog.digest(of: device)].map(Self.end)
    }

    /// When the last events arrived that a deletion names which was asked for at a time; seconds since 1970.
    static func end(of time: Int) -> Int { time + tolerance }
}

extension ObjectStore {
    /// All deletions, and when each was asked for by its key.
    func deletions() async throws -> (deletions: EventDeletions, times: [String: Int]) {
        let listing = EventListing(try await list(EventDeletions.folder, isDeep: true))
        return (listing.deletions, listing.times)
    }
}
