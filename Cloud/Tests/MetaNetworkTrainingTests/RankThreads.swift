import Dispatch
import Foundation
import Synchronization
import Torch

/// Ranks as threads of this process; what they send goes over loopback all the same.
enum RankThreads {
    /// How many ports were taken.
    private static let taken = Mutex(0)

    /// Ports of this process's own, below those that systems give to connections. Each meeting has another one: a thread of the one before may hold its
    /// port a moment longer.
    private static func port() -> Int {
        let number = taken.withLock { taken in
            taken += 1
            return taken
        }
        return 20_000 + Int(ProcessInfo.processInfo.processIdentifier) % 400 * 25 + number % 25
    }

    /// Runs a body on every rank, each in a thread of its own.
    ///
    /// - Returns: What came of each, by rank.
    static func results<Value: Sendable>(
        of size: Int,
        _ body: @escaping @Sendable (any RankGroup) throws -> Value
    ) throws -> [Result<Value, any Error>] {
        let found = Mutex([Int: Result<Value, any Error>]())
        let (group, port) = (DispatchGroup(), Self.port())
        for rank in 0..<size {
            group.enter()
            // A thread each: they wait for one another.
            Thread {
                let result = Result<Value, any Error> {
                    let environment = [
                        "RANK": "\(rank)", "WORLD_SIZE": "\(size)", "MASTER_ADDR": "127.0.0.1",
                        "MASTER_PORT": "\(port)",
                    ]
                    guard let place = try RankPlace(environment: environment) else { return try body(OneRank()) }
                    return try body(TorchRanks(place, timeout: 30))
                }
                found.withLock { $0[rank] = result }
                group.leave()
            }.start()
        }
        group.wait()
        return found.withLock { found in found.keys.sorted().compactMap { found[$0] } }
    }
}
