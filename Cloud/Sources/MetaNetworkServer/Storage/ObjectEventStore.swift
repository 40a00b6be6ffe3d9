import Foundation
import GRDB
import Logging
import MetaNetwork
import MetaNetworkWire
import Synchronization

/// Shared samples as objects, which any number of services write and none changes: each gathers for a second, writes one object a model, and
/// acknowledges then.
///
/// Nobody knows what others wrote, so an event that is sent twice may be stored twice, and counts once where it is read. Neither sizes are
/// bounded nor choices counted, for both take what all have; how many events a device shares a day, each service counts for itself.
final class ObjectEventStore: EventStore {
    let objects: any ObjectStore
    let now: @Sendable () -> Int
    let logger = Logger(label: "metanetwork.events")
    private let commits: EventCommitQueue
    private let writer: EventObjectWriter
    /// Until when what a device shares would be taken as deleted, in seconds since 1970: of those that asked just now.
    private let deleted = Mutex<[String: Int]>([:])

    /// Opens a place for a service, which may be empty.
    ///
    /// - Parameters:
    ///   - objects: The place.
    ///   - quota: How much of a device it takes a day.
    ///   - waitingLimit: Maximum number of events that wait, as ``SQLiteEventStore``'s.
    ///   - gathering: How long events are gathered.
    ///   - now: The clock, in seconds since 1970, which all services must share: the store's (``StoreClock``).
    init(
        _ objects: any ObjectStore,
        quota: EventQuota = EventQuota(),
        waitingLimit: Int = 65_536,
        gathering: DispatchTimeInterval = .seconds(1),
        now: @escaping @Sendable () -> Int
    ) {
        let writer = EventObjectWriter(objects, quota, logger)
        (self.objects, self.writer, self.now) = (objects, writer, now)
        commits = EventCommitQueue(limit: waitingLimit, batchWeight: 16_384, gathering: gathering) { messages in
            try Waiting.run { await writer.write(messages) }
        }
    }

    /// Checks that the keys have every right that a service needs, and that the store keeps to conditions of writes.
    ///
    /// - Throws: ``ConfigurationProblem``, where nobody answers too.
    func check() throws(ConfigurationProblem) {
        do {
            try Waiting.run { [objects] in try await objects.checkRights() }
        } catch {
            throw ConfigurationProblem("events cannot be kept in S3: \(error)")
        }
    }

    func append(_ message: EventMessage) async throws -> SampleEventsReceipt {
        var message = message
        // However long it waits here, a deletion that its device asks for at another service meanwhile is a later one.
        let time = now()
        message.arrival = time
        // Told that it is stored, the device would forget what nobody reads: it is to send it again.
        guard deleted.withLock({ $0[message.device].map { time > $0 } ?? true }) else {
            throw EventsRefused.unavailable
        }
        return try await commits.append(message)
    }

    /// Has everything that a device shared so far left out by whoever reads, from now on.
    ///
    /// - Returns: 0: how many events there were, nobody has counted.
    func delete(device: String) async throws -> Int {
        let time = try await noted(device)
        // Devices that are not known are many.
        guard !device.isEmpty else { return 0 }
        deleted.withLock { deleted in
            deleted = deleted.filter { $0.value >= time }
            deleted[device] = EventDeletions.end(of: time)
        }
        return 0
    }

    /// Writes a deletion.
    ///
    /// - Returns: Its time.
    private func noted(_ device: String) async throws -> Int {
        // What the device sent to this service before it asked is written by now, or never will be.
        try await commits.settle()
        let time = now()
        do {
            // One of the same second is there already.
            _ = try await objects.put(EventDeletions.key(of: device, at: time), Data("1".utf8), if: .absent)
        } catch let error as ObjectStoreError {
            logger.error("a deletion is refused", metadata: ["error": "\(error)"])
            throw EventsRefused.unavailable
        }
        return time
    }

    /// How many events of a device there are, each once, those too that readers leave out and whose bytes are still there.
    ///
    /// - Throws: ``ConfigurationProblem`` where an object is damaged, that no pass has set aside yet.
    func count(ofDevice device: String) async throws -> Int {
        var count = 0
        for model in try await objects.eventModels() {
            var known = Set<EventKey>()
            let reading = try await EventObjects(objects).forEach(of: model, withDeleted: true) { lines in
                for line in lines where line.device == device && known.insert(line.key).inserted { count += 1 }
            }
            if let problem = reading.problems.first { throw problem }
        }
        return count
    }

    func ages(arrivedBefore time: Int) async throws -> EventAges {
        try await objects.eventListing().ages(arrivedBefore: time)
    }

    /// Removes the objects of hours that ended before a time, and what lies beside them for as long.
    func delete(arrivedBefore time: Int) async throws -> Int {
        let listing = try await objects.eventListing()
        for key in listing.keys(endedBefore: time) { try await objects.delete(key) }
        return listing.ages(arrivedBefore: time).old
    }

    /// Nothing: to count a device once takes all that it ever chose, and that is nowhere together.
    func choices(of model: String, trial: Int?) async throws -> [ChoiceArm: ChoiceSums] { [:] }

    func models() async throws -> [String] { try await objects.eventModels() }

    func events(of model: String) -> AsyncThrowingStream<StoredEvent, any Error> {
        let (snapshot, pages) = (EventSnapshot(objects), EventPages(model))
        return AsyncThrowingStream(unfolding: {
            if let event = pages.next() { return event }
            try await snapshot.events(of: model).database.read { try pages.load($0) }
            return pages.next()
        })
    }
}

extension ObjectStore {
    /// The models that there are events of, in order.
    func eventModels() async throws -> [String] {
        try await list("", isDeep: false).folders.map { String($0.dropLast()) }.filter(BundleLayout.isModelName)
            .sorted()
    }
}
