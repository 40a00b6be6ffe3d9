import MetaNetwork
import Testing

@testable import MetaNetworkFederated

@Suite("Who computes which part")
struct PartPlacementTests {
    private static let networks = ImageNetworks(.convolutional, height: 28, width: 28, channels: 64, dropout: 0.3)
    private static let batch = SplitClock.Batch(real: 512, fakes: 256)

    private static func clock(between: Double = 0, _ networks: ImageNetworks = networks) -> SplitClock {
        SplitClock(networks, Fleet(secondsPerExample: 0.001, latency: between > 0 ? 0.005 : 0), between: between)
    }

    private static func placement(_ clock: SplitClock, _ factors: [Double], rooms: [Int]? = nil) -> PartPlacement {
        PartPlacement(
            sizes: networks.sizes,
            rooms: rooms ?? factors.map { _ in Int.max },
            factors: factors
        ) { clock.seconds($0, factors, batch).all }
    }

    private static func chosen(
        _ placement: PartPlacement,
        _ placing: SplitPlan.Placing,
        seed: UInt64 = 1
    ) throws -> [Int] {
        var random = SeededGenerator(seed: seed)
        return try placement.chosen(placing, random: &random, client: "client 1")
    }

    @Test("greedy is within 5 % of the best of all in 400 fleets; rooms are kept by all")
    func near() throws {
        var random = SeededGenerator(seed: 9)
        var worst = 1.0
        for number in 0..<400 {
            let count = 3 + random.index(below: 2)
            let factors = (0..<count).map { _ in 1 + 4 * Double(random.uniform()) }
            let rooms = (0..<count).map { _ in 830_000 + random.index(below: 300_000) }
            let clock = Self.clock(between: [0, 10, 100, 1000][random.index(below: 4)])
            let placement = Self.placement(clock, factors, rooms: rooms)
            let best = placement.seconds(try Self.chosen(placement, .optimal))
            for placing in SplitPlan.Placing.allCases {
                let found = try Self.chosen(placement, placing, seed: UInt64(number))
                var left = rooms
                for (part, device) in found.enumerated() { left[device] -= Self.networks.sizes[part] }
                #expect(left.allSatisfy { $0 >= 0 }, "\(placing)")
                #expect(placement.seconds(found) >= best - 1e-12)
            }
            let ratio = placement.seconds(try Self.chosen(placement, .greedy)) / best
            worst = max(worst, ratio)
        }
        #expect(worst <= 1.05, "\(worst)")
    }

    @Test("devices that are alike and links without end make all placements take the same")
    func alike() throws {
        let placement = Self.placement(Self.clock(), [1, 1, 1, 1])
        let seconds = try SplitPlan.Placing.allCases.map { placement.seconds(try Self.chosen(placement, $0)) }
        #expect(seconds.allSatisfy { abs($0 - 0.001 * (512 + 256 * 4 / 3)) < 1e-12 })
    }

    @Test("what room a part takes is the placed one's, and nobody is dropped by the order that is drawn")
    func notebookDefects() throws {
        // The notebook subtracts the next part's size, and would put B beside C.
        let tight = Self.placement(Self.clock(), [1, 2, 3], rooms: [823_553, 823_553, 823_553])
        #expect(try Self.chosen(tight, .bySpeed) == [0, 0, 1])
        // Part C fits on the third device alone; an order by lot that comes to it early has no room left.
        let uneven = Self.placement(Self.clock(), [1, 2, 3], rooms: [2_000, 210_000, 830_000])
        for seed in 1...20 as ClosedRange<UInt64> { #expect(try Self.chosen(uneven, .random, seed: seed)[2] == 2) }
        #expect(try Self.chosen(uneven, .onePartEach) == [0, 1, 2])
    }

    @Test("slow links keep parts together, where fast ones send each to the fastest device with room")
    func bytes() throws {
        let rooms = [823_553, 2_000_000, 2_000_000]
        func best(_ between: Double) throws -> [Int] {
            try Self.chosen(Self.placement(Self.clock(between: between), [1, 1.5, 5], rooms: rooms), .greedy)
        }
        // Part C fills the fastest device, or all are on the next.
        #expect(try best(0) == [1, 0, 1] || (try best(0)) == [1, 1, 0])
        #expect(try best(10) == [1, 1, 1])
    }

    @Test("parts one after the other on a device are one stage, whatever was between")
    func stages() {
        #expect(SplitClient.stages([0, 0, 1]) == [0..<2, 2..<3])
        #expect(SplitClient.stages([0, 1, 0]) == [0..<1, 1..<2, 2..<3])
        #expect(SplitClient.stages([2, 2, 2]) == [0..<3])
    }
}
