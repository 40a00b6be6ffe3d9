import Crypto
import Foundation
import Logging

/// Objects put together, and deletions carried out in their bytes: one service at a time does so for all.
extension ObjectEventStore {
    /// Seconds after which an hour's last events are there, or never will be.
    private static let settled = 600
    /// Seconds that a deletion waits for others, so that not each reads everything.
    private static let erasing = 43_200
    /// Bytes of gzip up to which objects are put together.
    private static let bytes = 4 << 20
    /// Events up to which they are.
    private static let events = 65_536

    /// Puts the objects of each hour together, and half a day after a device asked writes all objects anew that have something of it.
    func compact() async throws { _ = try await pass(nil) }

    /// Forgets what is too old, and does what ``compact()`` does: with one listing, by one service for all.
    ///
    /// - Parameters:
    ///   - retention: What is too old; `nil` for nothing.
    ///   - report: Is told what forgetting came to as soon as it is known, whatever becomes of the rest.
    /// - Returns: The same; `notDue` where it is another service's turn.
    func pass(
        _ retention: ServerConfiguration.Retention?,
        report: (EventRetention.Outcome) -> Void = { _ in }
    ) async throws -> EventRetention.Outcome {
        var outcome = EventRetention.Outcome.notDue
        // What is asked for after that may not be listed.
        let time = now()
        if var held = try await HeldTurn.take(from: objects, at: time, share: retention?.share) {
            do {
                var listing = try await objects.eventListing()
                outcome = try await forget(retention, &listing, &held)
                report(outcome)
                try await compact(listing, at: time, &held)
                // Two that write at once would bring back what one of them forgets.
                if case .refused = outcome {
                    held.turn.refused = retention?.share
                    try await held.write()
                }
                return outcome
            } catch is HeldTurn.Lost {
                logger.notice("another service has taken the turn to write events anew, and goes on with it")
            }
        }
        if outcome == .notDue { report(outcome) }
        return outcome
    }

    private func forget(
        _ retention: ServerConfiguration.Retention?,
        _ listing: inout EventListing,
        _ held: inout HeldTurn
    ) async throws -> EventRetention.Outcome {
        guard let retention else { return .deleted(0) }
        return try await retention.delete(at: now(), ages: listing.ages) { end in
            let old = listing.ages(arrivedBefore: end).old
            for key in listing.keys(endedBefore: end) {
                try await held.renew(at: now())
                try await objects.delete(key)
            }
            listing.events.removeAll { $0.end <= end }
            return old
        }
    }

    private func compact(_ listing: EventListing, at time: Int, _ held: inout HeldTurn) async throws {
        let turn = held.turn
        let pending =
            listing.times.values.contains { $0 > turn.erased && $0 + Self.erasing <= time }
            && turn.incomplete.map { $0 + Self.erasing <= time } ?? true
        // One that was cut off is gone on with.
        var erasing = turn.erasing ?? (pending ? EventTurn.Erasing(began: time) : nil)
        let all = listing.events.filter { object in
            guard let erasing else { return object.end + Self.settled <= time }
            return object.arrival + Self.settled <= time && object.folder > erasing.through
        }
        var isWhole = true
        for hour in Self.hours(all) {
            for group in Self.groups(hour) where erasing != nil || group.count > 1 {
                try await held.renew(at: now())
                switch try await rewrite(group, listing.deletions) {
                case .done: break
                case .unknown: if let erasing { held.turn.incomplete = erasing.began }
                case .changed: isWhole = false
                }
            }
            // What comes after an hour that was in others' hands is read again with it.
            if isWhole, let folder = hour.first?.folder { erasing?.through = folder }
            held.turn.erasing = erasing
        }
        guard let done = erasing else { return }
        if isWhole {
            held.turn.erasing = nil
            if held.turn.incomplete != done.began {
                (held.turn.erased, held.turn.incomplete) = (done.began - Self.settled * 2, nil)
            }
        }
        try await held.write()
    }

    /// The objects of each hour of a model, in the order of their folders.
    private static func hours(_ all: [EventObject]) -> [[EventObject]] {
        Dictionary(grouping: all, by: \.folder).sorted { $0.key < $1.key }.map(\.value)
    }

    /// Objects of an hour that are put together, in order.
    private static func groups(_ hour: [EventObject]) -> [[EventObject]] {
        hour.reduce(into: [(objects: [EventObject], bytes: Int, events: Int)]()) { groups, object in
            let size = object.bytes ?? bytes
            if let last = groups.last, last.bytes + size <= bytes, last.events + object.count <= events {
                groups[groups.count - 1].objects.append(object)
                groups[groups.count - 1].bytes += size
                groups[groups.count - 1].events += object.count
            } else {
                groups.append(([object], size, object.count))
            }
        }.map(\.objects)
    }

    /// What became of objects that were to be written anew.
    private enum Rewriting {
        case done
        /// Some stay as they are, in a form that this release does not know.
        case unknown
        /// One of them is gone, or another by now: another service removes old ones, or writes them anew.
        case changed
    }

    /// Writes objects as one, or as few as hold them, without repeats and what was deleted.
    private func rewrite(_ group: [EventObject], _ deletions: EventDeletions) async throws -> Rewriting {
        var whole = Whole()
        var unknown: [UnreadableEvents] = []
        for object in group {
            let reading = try await objects.get(object.key, unless: nil, upTo: ObjectBytes.record)
            guard case .contents(let data, _) = reading else { return .changed }
            let (lines, texts): ([EventLine], [Data])
            do { (lines, texts) = try EventLine.unpacked(data, at: objects.place(of: object.key)) } catch {
                // It is in the way of no other one, now and the next time.
                if !error.isDamage {
                    unknown.append(error)
                } else if try await !setAside(object, reading, error) {
                    return .changed
                }
                continue
            }
            let bytes = texts.reduce(0) { $0 + $1.count + 1 }
            if whole.bytes + bytes > EventLine.most {
                try await write(whole)
                whole = Whole()
            }
            whole.add(object, zip(lines, texts), bytes, deletions)
        }
        try await write(whole)
        guard let first = unknown.first else { return .done }
        logger.error(
            "objects of events are in a form that this release does not know, and stay as they are: update the services that are older",
            metadata: ["objects": "\(unknown.count)", "error": "\(first)"]
        )
        return .unknown
    }

    /// Moves an object that is damaged to where nobody reads events, and says so once.
    ///
    /// - Returns: `false` where it is another by now: somebody put it back, or it was damaged on its way here alone.
    private func setAside(
        _ object: EventObject,
        _ reading: ObjectReading,
        _ problem: UnreadableEvents
    ) async throws -> Bool {
        let again = try await objects.get(object.key, unless: nil, upTo: ObjectBytes.record)
        guard again == reading, case .contents(let data, _) = reading else { return false }
        let place = objects.place(of: object.damagedKey)
        let metadata: Logger.Metadata = [
            "from": "\(object.key)", "to": "\(place)", "events": "\(object.count)", "error": "\(problem)",
        ]
        if try await objects.put(object.damagedKey, data, if: .absent) == nil {
            guard case .contents(data, _) = try await objects.get(object.damagedKey, unless: nil) else {
                logger.error(
                    "an object of events is damaged, and stays where it is: another one was set aside by its name, remove one of the two",
                    metadata: metadata
                )
                return true
            }
        }
        try await objects.delete(object.key)
        logger.error(
            "an object of events is damaged, and was set aside: what it has is left out of training until it is put back",
            metadata: metadata
        )
        return true
    }

    /// What objects are put together to.
    private struct Whole {
        private(set) var parts: [EventObject] = []
        /// Lines as they were read.
        private(set) var texts: [Data] = []
        /// Bytes of the parts' text.
        private(set) var bytes = 0
        /// Lines of the parts.
        private var count = 0
        private var known: Set<EventKey> = []

        /// Whether it is another than what is there.
        var isNew: Bool { parts.count > 1 || texts.count < count }

        mutating func add(
            _ part: EventObject,
            _ own: Zip2Sequence<[EventLine], [Data]>,
            _ bytes: Int,
            _ deletions: EventDeletions
        ) {
            parts.append(part)
            self.bytes += bytes
            for (line, text) in own {
                count += 1
                if !deletions.name(line) && known.insert(line.key).inserted { texts.append(text) }
            }
        }
    }

    /// Writes it, and removes its parts then. Until the last is gone, readers see some events twice, and count them once.
    private func write(_ whole: Whole) async throws {
        guard whole.isNew else { return }
        for (places, data) in EventLine.packed(texts: whole.texts) {
            let digest = SHA256.hash(data: data).hexadecimalDigits.prefix(16)
            // What is there already has the same contents.
            let object = EventObject(whole.parts, count: places.count, digest: String(digest))
            _ = try await objects.put(object.key, data, if: .absent)
        }
        // The first one first: who has listed it knows then that the others are going.
        for part in whole.parts { try await objects.delete(part.key) }
    }
}
