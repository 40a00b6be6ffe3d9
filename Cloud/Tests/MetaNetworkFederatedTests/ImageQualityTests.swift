import Testing

@testable import MetaNetworkFederated

@Suite("What generated images are worth")
struct ImageQualityTests {
    @Test("the Fréchet distance is that of scipy's matrix root, and 0 from itself, without full rank too")
    func frechet() throws {
        for expected in try SplitFixture.read().frechet {
            let (first, second, width) = (expected.counts[0], expected.counts[1], expected.counts[2])
            let (base, more) = (SplitFixture.made(first * width, 1), SplitFixture.made(first * width, 2))
            let own = zip(base, more).map { $0 + 0.5 * $1 * $1 }
            let others = SplitFixture.made(second * width, 3).enumerated().map { place, value in
                value * Float(1 + place % width) + 0.3
            }
            func rows(_ values: [Float]) -> [[Float]] {
                stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
            }
            let distance = try FrechetDistance(rows(own)).distance(to: FrechetDistance(rows(others)))
            #expect(abs(distance / expected.distance - 1) < 1e-5)
        }
        let few = FrechetDistance([[1, 2, 3], [2, 2, 1]])
        #expect(abs(try few.distance(to: few)) < 1e-6)
    }

    @Test("classes are covered from one image in fifty on, and who is like real images is not told apart")
    func judged() {
        let labels = [Int](repeating: 0, count: 97) + [1, 1, 2]
        #expect(ImageJudge.coverage(labels, classes: 4) == 2)
        let real: [[Float]] = (0..<10).map { [Float($0), 0] }
        #expect(ImageJudge.neighbours(real, real.map { [$0[0] + 0.1, 0] }) == 0)
        #expect(ImageJudge.neighbours(real, real.map { [$0[0], 50] }) == 1)
    }
}
