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
    /// Bytes up to which objects are put together.
    private static let bytes = 4 << 20

    /// Puts the objects of each hour together, and half a day after a device asked writes all objects anew that have something of it.
    func compact() async throws {
        guard let (turn, tag) = try await takeTurn() else { return }
        let time = now()
        let (deletions, times) = try await objects.deletions()
        let pending = times.values.filter { $0 > turn.erased }
        let isErasing = pending.contains { $0 + Self.erasing <= time }
        let all = try await objects.events(of: nil).filter { object in
            isErasing ? object.arrival + Self.settled <= time : object.end + Self.settled <= time
        }
        var isWhole = true
        for group in Self.groups(all) where isErasing || group.count > 1 {
            do { try await rewrite(group, deletions) } catch let problem as ConfigurationProblem {
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

    /// Objects of the same hour that are put together, in order.
    private static func groups(_ all: [EventObject]) -> [[EventObject]] {
        Dictionary(grouping: all, by: \.folder).sorted { $0.key < $1.key }.flatMap { _, objects in
            objects.reduce(into: [(objects: [EventObject], bytes: Int)]()) { groups, object in
                let size = object.bytes ?? bytes
                if let last = groups.last, last.bytes + size <= bytes {
                    groups[groups.count - 1].objects.append(object)
                    groups[groups.count - 1].bytes += size
                } else {
                    groups.append(([object], size))
                }
            }.map(\.objects)
        }
    }

    /// Writes objects as one, without repeats and what was deleted, and removes them then. Until the last is gone, readers see some events twice,
    /// and count them once.
    private func rewrite(_ group: [EventObject], _ deletions: EventDeletions) async throws {
        var (lines, known, count) = ([EventLine](), Set<EventKey>(), 0)
        for object in group {
            guard case .contents(let data, _) = try await objects.get(object.key, unless: nil) else { return }
            let own = try EventLine.unpacked(data, at: objects.place(of: object.key))
            count += own.count
            lines += own.filter { !deletions.name($0) && known.insert($0.key).inserted }
        }
        guard group.count > 1 || lines.count < count else { return }
        if !lines.isEmpty {
            let data = try EventLine.packed(lines)
            let digest = SHA256.hash(data: data).hexadecimalDigits.prefix(16)
            // What is there already has the same contents.
            let whole = EventObject(group, count: lines.count, digest: String(digest))
            _ = try await objects.put(whole.key, data, if: .absent)
        }
        // The first one first: who has listed it knows then that the others are going.
        for object in group { try await objects.delete(object.key) }
    }
}
