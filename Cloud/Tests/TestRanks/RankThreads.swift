import Dispatch
import Foundation
import Synchronization
import Torch

/// Ranks as threads of this process; what they send goes over loopback all the same.
public enum RankThreads {
    /// Runs a body on every rank, each in a thread of its own.
    ///
    /// - Parameters:
    ///   - size: How many ranks there are.
    ///   - missing: One that does not come.
    ///   - timeout: Seconds to wait for the others, at first and in every call.
    /// - Returns: What came of each, by rank.
    public static func results<Value: Sendable>(
        of size: Int,
        missing: Int? = nil,
        timeout: Int = 30,
        _ body: @escaping @Sendable (any RankGroup) throws -> Value
    ) throws -> [Result<Value, any Error>] {
        let found = Mutex([Int: Result<Value, any Error>]())
        let (group, port) = (DispatchGroup(), try freePort())
        for rank in 0..<size where rank != missing {
            group.enter()
            // A thread each: they wait for one another.
            Thread {
                let result = Result<Value, any Error> {
                    let environment = [
                        "RANK": "\(rank)", "WORLD_SIZE": "\(size)", "MASTER_ADDR": "127.0.0.1",
                        "MASTER_PORT": "\(port)",
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

    /// A port that nobody on this machine has now; the system says which.
    private static func freePort() throws -> UInt16 {
        #if canImport(Glibc)
        let kind = Int32(SOCK_STREAM.rawValue)
        #else
        let kind = SOCK_STREAM
        #endif
        let file = socket(AF_INET, kind, 0)
        defer { close(file) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let size = length
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(file, $0, size) == 0 && getsockname(file, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EADDRINUSE) }
        return UInt16(bigEndian: address.sin_port)
    }
}
