import Dispatch
import Foundation
import Synchronization

@testable import Torch

/// Ranks as threads of this process; what they send goes over loopback all the same.
enum RankThreads {
    /// A port of this process's own, below those that systems give to connections.
    private static let port = 20_000 + Int(ProcessInfo.processInfo.processIdentifier) % 10_000

    /// Runs a body on every rank, each in a thread of its own.
    ///
    /// - Returns: What came of each, by rank.
    static func results<Value: Sendable>(
        of size: Int,
        missing: Int? = nil,
        timeout: Int = 30,
        _ body: @escaping @Sendable (any RankGroup) throws -> Value
    ) throws -> [Result<Value, any Error>] {
        let found = Mutex([Int: Result<Value, any Error>]())
        let group = DispatchGroup()
        for rank in 0..<size where rank != missing {
            group.enter()
            // A thread each: they wait for one another.
            Thread {
                let result = Result<Value, any Error> {
                    let environment = [
                        "RANK": "\(rank)", "WORLD_SIZE": "\(size)", "MASTER_ADDR": "127.0.0.1",
                        "MASTER_PORT": "\(Self.port)",
                    ]
                    guard let place = try RankPlace(environment: environment) else { return try body(OneRank()) }
                    return try body(TorchRanks(place, timeout: timeout))
                }
                found.withLock { $0[rank] = result }
                group.leave()
            }.start()
        }
        group.wait()
        return found.withLock { found in found.keys.sorted().compactMap { found[$0] } }
    }
}
