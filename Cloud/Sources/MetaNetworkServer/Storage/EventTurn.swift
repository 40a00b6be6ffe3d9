import Foundation

/// Whose turn it is to write objects anew, and what was done; an object beside the models'.
struct EventTurn: Codable, Sendable {
    /// How far deletions are carried out, where that is not done yet.
    struct Erasing: Codable, Sendable {
        /// When it began, in seconds since 1970; whoever goes on with it carries out what was asked for before.
        let began: Int
        /// All objects are done whose folder comes no later.
        var through = ""
    }

    /// When it was taken or renewed, in seconds since 1970.
    var began: Int
    /// The deletions that were asked for until then are carried out.
    var erased: Int
    var erasing: Erasing?
    /// When the last one began that left objects in a form that its service did not know: the next one, by whoever may know it, waits for as long as
    /// deletions do.
    var incomplete: Int?
    /// The share that what is too old is more than, once the pass is over: a service that may delete more at once does not wait for its turn then.
    var refused: Double?

    /// Whether its times are such as a service writes.
    fileprivate var isPossible: Bool {
        [began, erased, erasing?.began, incomplete].compactMap { $0 }.allSatisfy(EventObject.numbers.contains)
    }

    /// Whether another service may take the turn.
    fileprivate func isOver(at time: Int, _ length: Int, share: Double?) -> Bool {
        // A clock that was ahead must not hold it up.
        if abs(time - began) >= length { return true }
        guard let share, let refused else { return false }
        return share > refused
    }
}

/// A turn that a service has taken.
struct HeldTurn: Sendable {
    private static let key = ".turn.json"
    /// Seconds in which no other service takes it.
    private static let length = 3000
    /// Seconds after which it is written anew, so that it lasts as long as the pass does, and of which a pass that is cut off does no more twice.
    private static let renewal = 60

    /// Another service has taken it: this one took too long.
    struct Lost: Error {}

    private let objects: any ObjectStore
    private var tag: ObjectTag
    var turn: EventTurn

    /// Takes the turn.
    ///
    /// - Parameters:
    ///   - objects: The place.
    ///   - time: The store's clock, in seconds since 1970.
    ///   - share: How much the service may delete at once; `nil` where it deletes nothing for its age.
    /// - Returns: `nil` where it is another service's.
    static func take(from objects: any ObjectStore, at time: Int, share: Double?) async throws -> Self? {
        var (turn, condition) = (EventTurn(began: time, erased: 0), ObjectCondition.absent)
        if case .contents(let data, let tag) = try await objects.get(key, unless: nil, upTo: ObjectBytes.record) {
            condition = .matches(tag)
            // What is damaged is written anew: deletions are carried out twice then.
            if let last = try? JSONDecoder().decode(EventTurn.self, from: data), last.isPossible {
                guard last.isOver(at: time, length, share: share) else { return nil }
                (turn.erased, turn.erasing, turn.incomplete) = (last.erased, last.erasing, last.incomplete)
            }
        }
        let tag = try await objects.put(key, JSONEncoder().encode(turn), if: condition)
        return tag.map { Self(objects: objects, tag: $0, turn: turn) }
    }

    /// Keeps it, and writes how far it came, where that is due.
    ///
    /// - Throws: ``Lost``.
    mutating func renew(at time: Int) async throws {
        guard time - turn.began >= Self.renewal else { return }
        turn.began = time
        try await write()
    }

    /// Writes how far it came.
    ///
    /// - Throws: ``Lost``.
    mutating func write() async throws {
        guard let tag = try await objects.put(Self.key, JSONEncoder().encode(turn), if: .matches(tag)) else {
            throw Lost()
        }
        self.tag = tag
    }
}
