/// Values by key in bounded memory, at a cost that does not grow with their number.
///
/// Two generations: when the younger one is full or old it becomes the elder, and the elder is forgotten as a whole. So nothing is
/// ever searched for what may go. What is used stays: a value that is found in the elder generation moves to the younger.
struct Generations<Key: Hashable, Value> {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    private var since: ContinuousClock.Instant
    private let limit: Int
    private let lifetime: Duration?

    /// - Parameters:
    ///   - limit: Maximum number of values in a generation.
    ///   - lifetime: How long a generation is the younger one; `nil` for as long as it has room.
    ///   - now: When the first one begins.
    init(limit: Int, lifetime: Duration? = nil, now: ContinuousClock.Instant = .now) {
        precondition(limit > 0, "a generation has room for something")
        (self.limit, self.lifetime, since) = (limit, lifetime, now)
    }

    /// Values that are remembered.
    var count: Int { young.count + old.count }

    /// The value of a key, which is remembered for longer now.
    mutating func value(of key: Key, now: ContinuousClock.Instant) -> Value? {
        turn(now)
        if let value = young[key] { return value }
        guard let value = old.removeValue(forKey: key) else { return nil }
        keep(value, for: key, now: now)
        return value
    }

    /// Remembers a value; the one that the key had goes.
    mutating func keep(_ value: Value, for key: Key, now: ContinuousClock.Instant) {
        turn(now)
        young[key] = value
    }

    /// Forgets a key.
    mutating func forget(_ key: Key) {
        young[key] = nil
        old[key] = nil
    }

    private mutating func turn(_ now: ContinuousClock.Instant) {
        let age = now - since
        guard young.count >= limit || lifetime.map({ age >= $0 }) == true else { return }
        // After twice the time the younger one is too old as well.
        let isPast = lifetime.map { age >= $0 * 2 } == true
        (old, young, since) = (isPast ? [:] : young, [:], now)
    }
}

extension Generations: Sendable where Key: Sendable, Value: Sendable {}
