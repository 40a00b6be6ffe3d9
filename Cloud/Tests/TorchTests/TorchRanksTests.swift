import Dispatch
import Foundation
import Synchronization
import Testing

@testable import Torch

/// Ranks as threads of this process; what they send goes over loopback all the same.
@Suite("Ranks", .serialized)
struct TorchRanksTests {
    /// A port of this process's own, below those that systems give to connections.
    private static let port = 20_000 + Int(ProcessInfo.processInfo.processIdentifier) % 10_000

    /// Runs a body on every rank, each in a thread of its own.
    ///
    /// - Returns: What came of each, by rank.
    private func results<Value: Sendable>(
        of size: Int,
        missing: Int? = nil,
        timeout: Int = 30,
        _ body: @escaping @Sendable (TorchRanks) throws -> Value
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
                    let place = try #require(try RankPlace(environment: environment))
                    return try body(TorchRanks(place, timeout: timeout))
                }
                found.withLock { $0[rank] = result }
                group.leave()
            }.start()
        }
        group.wait()
        return found.withLock { found in found.keys.sorted().compactMap { found[$0] } }
    }

    @Test("gather a tensor of each, hand on the bytes of one, and agree on the first one's number")
    func calls() throws {
        let all = try results(of: 3) { ranks in
            let own = try Tensor([Float(ranks.rank), 10, .nan], shape: [3])
            let gathered = try ranks.gather(own).map { try $0.floats().prefix(2).map { Int($0) } }
            let bytes = try ranks.broadcast([UInt8](repeating: UInt8(ranks.rank), count: 70_000 * ranks.rank), from: 2)
            let nothing = try ranks.broadcast([UInt8](repeating: 7, count: ranks.rank), from: 0)
            return (
                gathered, bytes.count, bytes.allSatisfy { $0 == 2 }, nothing, try ranks.agreed(0.1 + Double(ranks.rank))
            )
        }
        #expect(all.count == 3)
        for result in all {
            let (gathered, count, isRight, nothing, number) = try result.get()
            #expect(gathered == [[0, 10], [1, 10], [2, 10]] && count == 140_000 && isRight && nothing.isEmpty)
            #expect(number == 0.1)
        }
    }

    @Test("notice at once that one is gone, and say which")
    func gone() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let all = try results(of: 2) { ranks in
            // Whoever leaves before this leaves while they still meet.
            _ = try ranks.gather(Tensor([0], shape: [1]))
            guard ranks.rank == 0 else { return }
            _ = try ranks.gather(Tensor([0], shape: [1]))
        }
        #expect(clock.now - start < .seconds(10))
        let error = #expect(throws: RankError.self) { try all[0].get() }
        #expect(
            error?.description.hasPrefix("rank 0 lost rank 1 (127.0.0.1): ") == true,
            "\(String(describing: error))"
        )
        #expect(error?.description.contains("GLHF") == false && error?.description.contains(".cc:") == false)
    }

    @Test("wait for one that is silent no longer than they are told")
    func silent() throws {
        let all = try results(of: 2) { ranks in
            try ranks.wait(atMost: 1)
            guard ranks.rank == 0 else { return Thread.sleep(forTimeInterval: 2) }
            _ = try ranks.gather(Tensor([0], shape: [1]))
        }
        let error = #expect(throws: RankError.self) { try all[0].get() }
        #expect(error?.description.contains("Timed out waiting 1000ms") == true, "\(String(describing: error))")
    }

    @Test("hear of one another while each does work of its own: all are done, one fails, one is asked to stop")
    func watched() throws {
        func ended(_ rank: @escaping @Sendable (Int, RankWatch) -> (hasFailed: Bool, isAsked: Bool)) throws -> [String]
        {
            try results(of: 3) { ranks in
                let watch = RankWatch(ranks)
                let (hasFailed, isAsked) = rank(ranks.rank, watch)
                return "\(watch.end(hasFailed: hasFailed, shouldStop: { isAsked }))"
            }.map { try $0.get() }
        }
        #expect(try ended { _, _ in (false, false) } == ["done", "done", "done"])
        #expect(try ended { rank, _ in (rank == 1, false) } == Array(repeating: "failed(rank: 1)", count: 3))
        // One is asked at work, and the others end theirs when they hear of it.
        let asked = try ended { rank, watch in
            if rank == 2 { watch.stop() }
            while !watch.isOver { Thread.sleep(forTimeInterval: 0.01) }
            return (false, false)
        }
        #expect(asked == ["stopped", "stopped", "stopped"])
        let late = try ended { rank, watch in
            while rank == 0, !watch.isOver { Thread.sleep(forTimeInterval: 0.01) }
            return (false, rank == 1)
        }
        #expect(late == ["stopped", "stopped", "stopped"], "one that waits for the others is asked")
    }

    @Test("hear at once that one is gone while each does work of its own")
    func lostAtWork() throws {
        let all = try results(of: 2) { ranks in
            _ = try ranks.gather(Tensor([0], shape: [1]))
            guard ranks.rank == 0 else { return "" }
            let watch = RankWatch(ranks)
            while !watch.isOver { Thread.sleep(forTimeInterval: 0.01) }
            return "\(watch.end(hasFailed: false, shouldStop: { false }))"
        }
        #expect(try all[0].get().contains("rank 0 lost rank 1"), "\(all[0])")
    }

    @Test("say who did not come", arguments: [0, 1])
    func missing(_ rank: Int) throws {
        let all = try results(of: 2, missing: rank, timeout: 1) { _ in }
        let error = #expect(throws: RankError.self) { try all[0].get() }
        let message = try #require(error?.description)
        #expect(message.hasPrefix("rank \(1 - rank) of 2 does not reach the others at 127.0.0.1:"))
        #expect(message.contains(rank == 1 ? "rank 1 did not come within 1 s" : "timed out"), "\(message)")
    }
}

@Suite("Work that is dealt to ranks")
struct RankDealingTests {
    @Test("goes to whoever has least, the longest first, and is spread where nothing is known of it")
    func dealt() {
        #expect(RankDealing.ranks(of: [1, 5, 3, 3, 2], among: 2) == [1, 0, 1, 1, 0])
        #expect(RankDealing.ranks(of: [4, 4, 4, 4, 4], among: 3) == [0, 1, 2, 0, 1])
        #expect(RankDealing.ranks(of: [0, 0, 0], among: 2) == [0, 1, 0])
        #expect(RankDealing.ranks(of: [2, 9], among: 4) == [1, 0])
        #expect(RankDealing.ranks(of: [2, 9], among: 1) == [0, 0] && RankDealing.ranks(of: [], among: 3).isEmpty)
    }
}

@Suite("Gradients of pieces")
struct TakenGradientTests {
    @Test("are taken with what is said of each parameter, and given back times a factor")
    func taken() throws {
        let (a, b, c) = (try Tensor([1, 2], shape: [2]), try Tensor([3], shape: [1, 1]), try Tensor([4], shape: [1]))
        for parameter in [a, b, c] { try parameter.requireGradient() }
        try (a * a).sum(axis: 0).backward()
        try (c * 3).sum(axis: 0).backward()
        let taken = try Tensor.takeGradients(of: [a, b, c], adding: [7, 8])
        #expect(try taken.floats() == [2, 4, 0, 3, 1, 0, 1, 7, 8])
        #expect(try a.gradient() == nil && c.gradient() == nil)
        try (taken + taken).putGradients(of: [a, b, c], times: 0.25)
        #expect(try a.gradient()?.floats() == [1, 2] && c.gradient()?.floats() == [1.5])
        #expect(try b.gradient() == nil)
        #expect(throws: TorchError.self) { try taken.narrowed(axis: 0, 0..<5).putGradients(of: [a, b, c], times: 1) }
    }

    @Test("that are sparse are refused")
    func sparse() throws {
        let table = try Tensor([1, 2, 3], shape: [3, 1])
        try table.requireGradient()
        let rows = try table.embedding(Tensor(indices: [1, 2], shape: [2]), hasPadding: true, isSparse: true)
        try rows.sum(axis: 0).sum(axis: 0).backward()
        let error = #expect(throws: TorchError.self) { try Tensor.takeGradients(of: [table], adding: []) }
        #expect(error?.description.contains("sparse") == true)
    }
}
