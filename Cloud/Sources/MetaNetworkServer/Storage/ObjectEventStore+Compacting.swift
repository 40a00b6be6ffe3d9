import Crypto
import Foundation
import Logging

/// Objects put together, and deletions carried out in their bytes: one service at a time does so for all.
extension ObjectEventStore {
    /// Who did so last, and what was done; an object beside the models'.
    private struct Turn: Codable {
        static let key = ".turn.json"
        /// When it began, in seconds since 1970.
        var began: Int
        /// The deletions that were asked for until then are carried out.
        var erased: Int
    }

    /// Seconds of a turn, in which no other service takes one.
    private static let turn = 3000
    /// Seconds after which an hour's last events are there, or never will be.
    private static let settled = 600
    /// Seconds that a deletion waits for others, so that not each reads everything.
    private static let erasing = 43_200
    /// Bytes of gzip up to which objects are put together.
    private static let bytes = 4 << 20
    /// Events up to which they are.
    private static let events = 65_536
    /// Seconds after which a turn is written anew, so that it lasts as long as the pass does.
    private static let renewal = 60

    /// Puts the objects of each hour together, and half a day after a device asked writes all objects anew that have something of it.
    func compact() async throws {
        guard var (turn, tag) = try await takeTurn() else { return }
        let time = now()
        let (deletions, times) = try await objects.deletions()
        let pending = times.values.filter { $0 > turn.erased }
        let isErasing = pending.contains { $0 + Self.erasing <= time }
        let all = try await objects.events(of: nil).filter { object in
            isErasing ? object.arrival + Self.settled <= time : object.end + Self.settled <= time
        }
        var isWhole = true
        for group in Self.groups(all) where isErasing || group.count > 1 {
            guard let renewed = try await renewed(&turn, tag) else {
                logger.notice("another service has taken the turn to write events anew: this one took too long")
                return
            }
            tag = renewed
            do { isWhole = try await rewrite(group, deletions) && isWhole } catch let problem as ConfigurationProblem {
                // A damaged object is in the way of no other one.
                isWhole = false
                logger.error("events cannot be written anew", metadata: ["error": "\(problem)"])
            }
        }
        guard isErasing, isWhole else { return }
        let done = Turn(began: turn.began, erased: time - Self.settled * 2)
        _ = try await objects.put(Turn.key, JSONEncoder().encode(done), if: .matches(tag))
    }

    /// - Returns: `nil` where it is another service's.
    private func takeTurn() async throws -> (Turn, ObjectTag)? {
        let time = now()
        var (turn, condition) = (Turn(began: time, erased: 0), ObjectCondition.absent)
        if case .contents(let data, let tag) = try await objects.get(Turn.key, unless: nil, upTo: ObjectBytes.record) {
            condition = .matches(tag)
            // What is damaged is written anew: deletions are carried out twice then.
            if let last = try? JSONDecoder().decode(Turn.self, from: data) {
                // A clock that was ahead must not hold it up.
                guard abs(time - last.began) >= Self.turn else { return nil }
                turn.erased = last.erased
            }
        }
        return try await objects.put(Turn.key, JSONEncoder().encode(turn), if: condition).map { (turn, $0) }
    }

    /// - Returns: The tag of the turn, written anew where that is due; `nil` where it is another service's by now.
    private func renewed(_ turn: inout Turn, _ tag: ObjectTag) async throws -> ObjectTag? {
        let time = now()
        guard time - turn.began >= Self.renewal else { return tag }
        turn.began = time
        return try await objects.put(Turn.key, JSONEncoder().encode(turn), if: .matches(tag))
    }

    /// Objects of the same hour that are put together, in order.
    private static func groups(_ all: [EventObject]) -> [[EventObject]] {
        Dictionary(grouping: all, by: \.folder).sorted { $0.key < $1.key }.flatMap { _, objects in
            objects.reduce(into: [(objects: [EventObject], bytes: Int, events: Int)]()) { groups, object in
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
    }

    /// Writes objects as one, or as few as hold them, without repeats and what was deleted.
    ///
    /// - Returns: `false` where one of them is gone: another service removes old ones, or writes them anew.
    private func rewrite(_ group: [EventObject], _ deletions: EventDeletions) async throws -> Bool {
        var whole = Whole()
        for object in group {
            let reading = try await objects.get(object.key, unless: nil, upTo: ObjectBytes.record)
            guard case .contents(let data, _) = reading else { return false }
            let (lines, bytes) = try EventLine.unpacked(data, at: objects.place(of: object.key))
            if whole.bytes + bytes > EventLine.most {
                try await write(whole)
                whole = Whole()
            }
            whole.add(object, lines, bytes, deletions)
        }
        try await write(whole)
        return true
    }

    /// What objects are put together to.
    private struct Whole {
        private(set) var parts: [EventObject] = []
        private(set) var lines: [EventLine] = []
        /// Bytes of the parts' text.
        private(set) var bytes = 0
        /// Lines of the parts.
        private var count = 0
        private var known: Set<EventKey> = []

        /// Whether it is another than what is there.
        var isNew: Bool { parts.count > 1 || lines.count < count }

        mutating func add(_ part: EventObject, _ own: [EventLine], _ bytes: Int, _ deletions: EventDeletions) {
            parts.append(part)
            self.bytes += bytes
            count += own.count
            for line in own where !deletions.name(line) && known.insert(line.key).inserted { lines.append(line) }
        }
    }

    /// Writes it, and removes its parts then. Until the last is gone, readers see some events twice, and count them once.
    private func write(_ whole: Whole) async throws {
        guard whole.isNew else { return }
        for (lines, data) in try EventLine.packed(whole.lines) {
            let digest = SHA256.hash(data: data).hexadecimalDigits.prefix(16)
            // What is there already has the same contents.
            let object = EventObject(whole.parts, count: lines.count, digest: String(digest))
            _ = try await objects.put(object.key, data, if: .absent)
        }
        // The first one first: who has listed it knows then that the others are going.
        for part in whole.parts { try await objects.delete(part.key) }
    }
}
