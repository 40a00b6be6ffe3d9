import Synchronization

/// ``Generations`` for many threads: a key belongs to one of several shards, each with a lock of its own.
final class ShardedGenerations<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private final class Shard: Sendable {
        let generations: Mutex<Generations<Key, Value>>

        init(_ generations: Generations<Key, Value>) { self.generations = Mutex(generations) }
    }

    private let shards: [Shard]

    /// - Parameters:
    ///   - shards: How many there are.
    ///   - limit: Maximum number of values in a generation of all shards together.
    ///   - lifetime: How long a generation is the younger one; `nil` for as long as it has room.
    init(shards: Int = 16, limit: Int, lifetime: Duration? = nil, now: ContinuousClock.Instant = .now) {
        self.shards = (0..<shards).map { _ in
            Shard(Generations(limit: max(1, limit / shards), lifetime: lifetime, now: now))
        }
    }

    /// Values that are remembered.
    var count: Int { shards.reduce(0) { $0 + $1.generations.withLock(\.count) } }

    /// Does something with the generations that a key belongs to, while nobody else does.
    func withShard<Result: Sendable>(of key: Key, _ body: (inout Generations<Key, Value>) -> Result) -> Result {
        shards[Int(UInt(bitPattern: key.hashValue) % UInt(shards.count))].generations.withLock { body(&$0) }
    }
}
