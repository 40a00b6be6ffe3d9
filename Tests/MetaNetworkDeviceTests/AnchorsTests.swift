import Testing

@testable import MetaNetworkDevice

@Suite("Anchors")
struct AnchorsTests {
    private static func points(_ count: Int, _ random: inout SplitMix) -> [[Float]] {
        (0..<count).map { _ in (0..<3).map { _ in Float.random(in: -1...1, using: &random) } }
    }

    /// Sum of the distances of all samples from the nearest chosen one.
    private static func cost(_ samples: [[Float]], _ chosen: [Int]) -> Float {
        samples.reduce(0) { sum, sample in
            sum
                + (chosen.map { place in
                    zip(sample, samples[place]).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
                }.min() ?? 0)
        }
    }

    @Test("are one of each group where samples lie in groups, and stand for all of theirs")
    func groups() {
        var random = SplitMix(state: 2)
        let centers: [[Float]] = [[0, 0, 0], [10, 0, 0], [0, 10, 5]]
        let sizes = [5, 3, 9]
        var samples: [(group: Int, point: [Float])] = []
        for (group, size) in sizes.enumerated() {
            for point in Self.points(size, &random) { samples.append((group, zip(point, centers[group]).map(+))) }
        }
        samples.shuffle(using: &random)
        let anchors = Anchors(of: samples.map(\.point), count: 3)
        #expect(anchors.indices == anchors.indices.sorted())
        #expect(Set(anchors.indices.map { samples[$0].group }) == [0, 1, 2])
        #expect(zip(anchors.indices, anchors.counts).allSatisfy { sizes[samples[$0].group] == $1 })
    }

    @Test("bring samples within a tenth of the nearest that any choice can, and nearer than samples by lot")
    func best() {
        var random = SplitMix(state: 3)
        for _ in 0..<20 {
            let samples = Self.points(9, &random)
            let anchors = Anchors(of: samples, count: 2)
            let all = (0..<9).flatMap { one in (0..<one).map { [one, $0] } }.map { Self.cost(samples, $0) }.sorted()
            #expect(Self.cost(samples, anchors.indices) <= 1.1 * all[0])
            #expect(Self.cost(samples, anchors.indices) < all[all.count / 2])
            #expect(anchors.counts.reduce(0, +) == 9 && anchors == Anchors(of: samples, count: 2))
        }
    }

    @Test("are all samples where there are no more, the last ones of very many, and nothing of nothing")
    func bounds() {
        var random = SplitMix(state: 4)
        let samples = Self.points(4, &random)
        #expect(Anchors(of: samples, count: 4).indices == [0, 1, 2, 3])
        #expect(Anchors(of: samples, count: 9).counts == [1, 1, 1, 1])
        #expect(Anchors(of: samples, count: -1).counts == [4])
        #expect(Anchors(of: [], count: 3).indices.isEmpty)
        let many = Anchors(of: Self.points(600, &random), count: 3)
        #expect(many.indices.allSatisfy { $0 >= 88 } && many.counts.reduce(0, +) == 512)
    }

    @Test("take samples that are alike, or whose distances overflow, without a trap")
    func odd() {
        let alike = Anchors(of: [[Float]](repeating: [1, 2], count: 6), count: 3)
        #expect(alike.indices == [0, 1, 2] && alike.counts.reduce(0, +) == 6 && !alike.counts.contains(0))
        let large = Anchors(of: [[3e38, 0], [-3e38, 0], [3e38, 1], [.infinity, 0], [.nan, 0]], count: 2)
        #expect(large.indices.count == 2 && large.counts.reduce(0, +) == 5)
    }

    @Test("that somebody else chose stand for what they are nearest to")
    func chosen() {
        let samples: [[Float]] = [[0], [1], [9], [10], [11]]
        let anchors = Anchors(of: samples, choosing: [3, 0, 7])
        #expect(anchors.indices == [0, 3] && anchors.counts == [2, 3])
        #expect(Anchors(of: samples, choosing: []).counts.isEmpty)
    }
}
