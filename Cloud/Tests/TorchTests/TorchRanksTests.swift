import Foundation
import TestRanks
import Testing

@testable import Torch

@Suite("Ranks", .serialized)
struct TorchRanksTests {
    @Test("gather a tensor of each, hand on the bytes of one, and agree on the first one's number")
    func calls() throws {
        let all = try RankThreads.results(of: 3) { ranks in
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

    @Test("hand rows to one another, as many to each as they say, and some none", arguments: [2, 3])
    func exchanged(_ size: Int) throws {
        let all = try RankThreads.results(of: size) { ranks in
            // Rank r has r + s rows for rank s, of 10 r + s.
            let sent = (0..<size).map { ranks.rank + $0 }
            let received = try ranks.exchange(counts: sent.map { [$0] }, receiving: Array(repeating: 1, count: size))
            let numbers = sent.enumerated().flatMap { rank, count in
                [Float](repeating: Float(10 * ranks.rank + rank), count: 2 * count)
            }
            let rows = try Tensor(numbers, shape: [numbers.count / 2, 2])
            let found = try ranks.exchange(rows, sending: sent, receiving: received.flatMap { $0 })
            let none = [Int](repeating: 0, count: size)
            let nothing = try ranks.exchange(Tensor([], shape: [0, 2]), sending: none, receiving: none)
            return (found.shape, try found.floats(), nothing.shape, ranks.seconds)
        }
        for (rank, result) in all.enumerated() {
            let (shape, numbers, nothing, seconds) = try result.get()
            let expected = (0..<size).flatMap { other in
                [Float](repeating: Float(10 * other + rank), count: 2 * (other + rank))
            }
            #expect(shape == [expected.count / 2, 2] && numbers == expected && nothing == [0, 2])
            #expect(seconds > 0)
        }
    }

    /// A call of two ranks that needs the other one.
    private static func call(_ ranks: any RankGroup, _ isGathering: Bool) throws {
        let one = try Tensor([0], shape: [1])
        if isGathering {
            _ = try ranks.gather(one)
        } else {
            _ = try ranks.exchange(one, sending: [0, 1], receiving: [0, 1])
        }
    }

    @Test("notice at once that one is gone, and say which", arguments: [true, false])
    func gone(_ isGathering: Bool) throws {
        let clock = ContinuousClock()
        let start = clock.now
        let all = try RankThreads.results(of: 2) { ranks in
            // Whoever leaves before this leaves while they still meet.
            _ = try ranks.gather(Tensor([0], shape: [1]))
            guard ranks.rank == 0 else { return }
            try Self.call(ranks, isGathering)
        }
        #expect(clock.now - start < .seconds(10))
        let error = #expect(throws: RankError.self) { try all[0].get() }
        #expect(
            error?.description.hasPrefix("rank 0 lost rank 1 (127.0.0.1): ") == true,
            "\(String(describing: error))"
        )
        #expect(error?.description.contains("GLHF") == false && error?.description.contains(".cc:") == false)
    }

    @Test("wait for one that is silent no longer than they are told", arguments: [true, false])
    func silent(_ isGathering: Bool) throws {
        let all = try RankThreads.results(of: 2) { ranks in
            try #require(ranks as? TorchRanks).wait(atMost: 1)
            guard ranks.rank == 0 else { return Thread.sleep(forTimeInterval: 2) }
            try Self.call(ranks, isGathering)
        }
        let error = #expect(throws: RankError.self) { try all[0].get() }
        #expect(error?.description.contains("Timed out waiting 1000ms") == true, "\(String(describing: error))")
    }

    @Test("hear of one another while each does work of its own: all are done, one fails, one is asked to stop")
    func watched() throws {
        func ended(_ rank: @escaping @Sendable (Int, RankWatch) -> (hasFailed: Bool, isAsked: Bool)) throws -> [String]
        {
            try RankThreads.results(of: 3) { ranks in
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
        let all = try RankThreads.results(of: 2) { ranks in
            _ = try ranks.gather(Tensor([0], shape: [1]))
            guard ranks.rank == 0 else { return "" }
            let watch = RankWatch(ranks)
            while !watch.isOver { Thread.sleep(forTimeInterval: 0.01) }
            return "\(watch.end(hasFailed: false, shouldStop: { false }))"
        }
        #expect(try all[0].get().contains("rank 0 lost rank 1"), "\(all[0])")
    }

    @Test("wait for one that works by itself for longer than they wait in a call, and hear where it fails")
    func each() throws {
        func ended(_ body: @escaping @Sendable (Int) throws -> Void) throws -> [Result<Float, any Error>] {
            try RankThreads.results(of: 3, timeout: 1) { ranks in
                let own = try ranks.each {
                    try body(ranks.rank)
                    return Float(ranks.rank)
                }
                // They work together again.
                return try ranks.gather(Tensor([own], shape: [1])).reduce(0) { $0 + (try $1.scalar()) }
            }
        }
        let late = try ended { if $0 == 2 { Thread.sleep(forTimeInterval: 2.5) } }
        for result in late { #expect(try result.get() == 3) }
        let failed = try ended { if $0 == 1 { throw TorchError(description: "no room") } }
        #expect("\(failed[1])".contains("no room"))
        for rank in [0, 2] {
            let error = #expect(throws: RankError.self) { try failed[rank].get() }
            #expect(error?.description == "rank \(rank) lost rank 1, which failed and says why")
        }
        let all = try ended { throw TorchError(description: "rank \($0) has no data") }
        for (rank, one) in all.enumerated() { #expect("\(one)".contains("rank \(rank) has no data")) }
    }

    @Test("wait for what the first one does for longer than they wait in a call, and hear where it fails or is gone")
    func onFirst() throws {
        func ended(_ body: @escaping @Sendable () throws -> Void) throws -> [Result<Float, any Error>] {
            try RankThreads.results(of: 3, timeout: 1) { ranks in
                var isDone = false
                try ranks.onFirst {
                    try body()
                    isDone = true
                }
                #expect(isDone == ranks.isFirst)
                // They work together again.
                return try ranks.gather(Tensor([Float(ranks.rank)], shape: [1])).reduce(0) { $0 + (try $1.scalar()) }
            }
        }
        for result in try ended({ Thread.sleep(forTimeInterval: 2.5) }) { #expect(try result.get() == 3) }
        let failed = try ended { throw TorchError(description: "no room") }
        #expect("\(failed[0])".contains("no room"))
        for result in failed.dropFirst() {
            let error = #expect(throws: RankError.self) { try result.get() }
            #expect(error?.description.hasSuffix("lost rank 0, which failed and says why") == true)
        }
        let lost = try RankThreads.results(of: 2, timeout: 1) { ranks in
            _ = try ranks.gather(Tensor([0], shape: [1]))
            // The first one ends here, as a process does that is killed.
            if ranks.rank == 1 { try ranks.onFirst {} }
        }
        #expect("\(lost[1])".contains("rank 1 lost rank 0"), "\(lost[1])")
    }

    @Test("say who did not come", arguments: [0, 1])
    func missing(_ rank: Int) throws {
        let all = try RankThreads.results(of: 2, missing: rank, timeout: 1) { _ in }
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
