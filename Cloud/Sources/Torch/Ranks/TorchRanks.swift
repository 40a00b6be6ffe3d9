import CTorch
import Foundation

// Sendable: the handle never changes, and what is called with it, or changes here, is so under the lock.
/// Processes on one or more machines that find one another over TCP, by c10d and Gloo, which LibTorch has inside.
///
/// What is sent is neither encrypted nor signed.
public final class TorchRanks: RankGroup, @unchecked Sendable {
    /// Number of this process.
    public let rank: Int
    /// Number of processes.
    public let size: Int
    /// Seconds that the calls took so far, waiting for others included.
    public var seconds: Double { lock.withLock { taken } }
    private let handle: OpaquePointer
    private let lock = NSLock()
    private var taken = 0.0
    private let clock = ContinuousClock()

    /// Seconds in which all ranks have to come unless told otherwise: machines of one job may start minutes apart.
    public static var startSeconds: Int { 300 }

    /// Meets the others.
    ///
    /// - Parameters:
    ///   - place: Who this one is, and where they meet.
    ///   - timeout: Seconds to wait for the others, now and in every call until ``wait(atMost:)``.
    /// - Throws: ``RankError/lost(_:)`` where not all come.
    public init(_ place: RankPlace, timeout: Int = startSeconds) throws(RankError) {
        (rank, size) = (place.rank, place.size)
        var out: OpaquePointer?
        let status = place.host.withCString { host in
            place.prefix.withCString { prefix in
                (place.interface ?? "").withCString { interface in
                    ct_ranks_open(
                        ct_rank_place(
                            host: host,
                            port: Int32(place.port),
                            serves: place.serves,
                            rank: Int32(place.rank),
                            size: Int32(place.size),
                            prefix: prefix,
                            interface: place.interface == nil ? nil : interface,
                            timeout_ms: Int64(timeout) * 1000
                        ),
                        &out
                    )
                }
            }
        }
        guard status == 0, let out else {
            throw .lost(
                "rank \(place.rank) of \(place.size) does not reach the others at \(place.host):\(place.port): "
                    + "\(String(cString: ct_last_error())); see that all are started, and that this port is free and open"
            )
        }
        handle = out
    }

    deinit { ct_ranks_free(handle) }

    /// Sets how long calls wait for the others from here on.
    ///
    /// - Parameter timeout: In seconds.
    public func wait(atMost timeout: Int) throws {
        try timed { try check(ct_ranks_set_timeout(handle, Int64(timeout) * 1000)) }
    }

    /// Collects a tensor of every rank, see ``RankGroup/gather(_:)``.
    public func gather(_ tensor: Tensor) throws -> [Tensor] {
        let all = try timed {
            var out: OpaquePointer?
            try check(ct_ranks_gather(handle, tensor.handle, &out))
            return out.map(Tensor.init(owning:))
        }
        guard let all else { throw TorchError(description: "LibTorch returned no tensor") }
        return try (0..<size).map { try all.narrowed(axis: 0, $0..<$0 + 1).reshape(tensor.shape) }
    }

    /// Hands rows of each rank to others, see ``RankGroup/exchange(_:sending:receiving:)``.
    public func exchange(_ rows: Tensor, sending sent: [Int], receiving received: [Int]) throws -> Tensor {
        precondition(sent.count == size && received.count == size, "a count for each rank")
        let found = try timed {
            var out: OpaquePointer?
            let (sent, received) = (sent.map(Int64.init), received.map(Int64.init))
            try check(ct_ranks_exchange(handle, rows.handle, sent, received, &out))
            return out.map(Tensor.init(owning:))
        }
        guard let found else { throw TorchError(description: "LibTorch returned no tensor") }
        return found
    }

    /// Hands bytes of one rank to all, see ``RankGroup/broadcast(_:from:)``.
    public func broadcast(_ bytes: [UInt8], from rank: Int) throws -> [UInt8] {
        try timed {
            var count = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) }
            try check(ct_ranks_broadcast(handle, Int32(rank), &count, Int64(count.count)))
            let length = count.reversed().reduce(0) { $0 << 8 | Int($1) }
            guard length > 0 else { return [] }
            var shared = self.rank == rank ? bytes : [UInt8](repeating: 0, count: length)
            try check(ct_ranks_broadcast(handle, Int32(rank), &shared, Int64(length)))
            return shared
        }
    }

    private func timed<Result>(_ body: () throws -> Result) rethrows -> Result {
        lock.lock()
        let start = clock.now
        defer {
            taken += (clock.now - start) / .seconds(1)
            lock.unlock()
        }
        return try body()
    }

    private func check(_ status: Int32) throws(RankError) {
        guard status != 0 else { return }
        let reason = String(cString: ct_last_error())
        throw .lost("rank \(rank) lost \(name(of: reason)): \(Self.plain(reason))")
    }

    /// Which ranks a message of Gloo may mean: those at the address in it.
    private func name(of reason: String) -> String {
        let others = (0..<size).filter { $0 != rank }.map { ($0, String(cString: ct_ranks_address(handle, Int32($0)))) }
        let named = others.filter { reason.contains("[\($0.1)]") }
        let meant = named.isEmpty ? others : named
        let ranks = meant.map { "\($0.0) (\($0.1))" }
        return ranks.count == 1 ? "rank \(ranks[0])" : "one of the ranks \(ranks.joined(separator: ", "))"
    }

    /// A message of Gloo without the line of its source and its advice.
    private static func plain(_ reason: String) -> String {
        let text = reason.hasPrefix("[") ? reason.drop { $0 != "]" }.dropFirst().drop { $0 == " " } : reason[...]
        guard let advice = text.firstRange(of: ". This is typically") else { return String(text) }
        return String(text[..<advice.lowerBound])
    }
}
