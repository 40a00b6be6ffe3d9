import Foundation
import Testing

@testable import MetaNetworkClient

@Suite("The guard's judgement")
struct QualityGuardTests {
    /// What became of a stream of choices.
    private struct Outcome {
        /// Share of the choices at which the base ranked.
        var heldBack = 0.0
        /// Mean loss of what ranked, less that of whichever was better in the long run.
        var excess = 0.0
    }

    private static let length = 300

    /// A stream in which personal weights lose more than the base by `harm` on average, with a standard deviation of 1.
    private func outcome(_ harm: Double, seed: UInt64) -> Outcome {
        var random = SeededGenerator(state: seed)
        var judge = QualityGuard(version: "")
        var outcome = Outcome()
        for _ in 0..<Self.length {
            let (radius, angle) = (
                Double.random(in: 0.000_001...1, using: &random), Double.random(in: 0...1, using: &random)
            )
            let difference = harm + (-2 * log(radius)).squareRoot() * cos(2 * .pi * angle)
            // Who ranks is decided before the choice.
            if judge.prefersBase { outcome.heldBack += 1 } else { outcome.excess += difference }
            judge.add(personal: 5 + difference, base: 5)
        }
        outcome.heldBack /= Double(Self.length)
        outcome.excess = outcome.excess / Double(Self.length) - min(0, harm)
        return outcome
    }

    private func outcomes(_ harm: Double) -> [Outcome] { (0..<300).map { outcome(harm, seed: 1_000 + $0) } }

    @Test("leaves what ranks never worse than the better of the two by more than a tenth of the noise of a choice")
    func bound() {
        for harm in [0.05, 0.1, 0.2, 0.3, 0.5, 1, 2] {
            let excesses = outcomes(harm).map(\.excess).sorted()
            let mean = excesses.reduce(0, +) / Double(excesses.count)
            #expect(mean < 0.1, "harm \(harm): \(mean) on average")
            // The noise of a mean over 300 choices is 0.06 of that.
            #expect(excesses[excesses.count * 95 / 100] < 0.1 + 0.06, "harm \(harm) in 95 of 100 streams")
        }
    }

    @Test("holds back what is worse, not what is better, and what is as good an eighth of the time at most")
    func shares() {
        func share(_ harm: Double) -> Double {
            let outcomes = outcomes(harm)
            return outcomes.map(\.heldBack).reduce(0, +) / Double(outcomes.count)
        }
        #expect(share(0) < 0.125)
        #expect(share(-0.3) < 0.01)
        #expect(share(0.3) > 0.7)
        #expect(share(0.5) > 0.9)
    }

    @Test("never turns where both weights are the same, nor before it has seen ten choices")
    func same() {
        var random = SeededGenerator(state: 1)
        var judge = QualityGuard(version: "")
        for _ in 0..<1_000 {
            let loss = Double.random(in: 0...10, using: &random)
            judge.add(personal: loss, base: loss)
            #expect(!judge.prefersBase)
        }
        judge = QualityGuard(version: "")
        for number in 1...12 {
            judge.add(personal: 9, base: 1)
            #expect(judge.prefersBase == (number >= 10))
        }
    }

    @Test("stays on while the two are close, and turns back as soon as personal weights have been better")
    func hysteresis() {
        var judge = QualityGuard(version: "")
        for _ in 0..<20 { judge.add(personal: 5, base: 4) }
        #expect(judge.prefersBase)
        for _ in 0..<40 { judge.add(personal: 4, base: 4) }
        #expect(judge.prefersBase)
        var choices = 0
        while judge.prefersBase, choices < 100 {
            judge.add(personal: 4, base: 5)
            choices += 1
        }
        #expect((1...20).contains(choices))
    }

    @Test("is the same after it was written and read")
    func stored() throws {
        var judge = QualityGuard(version: "v")
        for number in 0..<37 { judge.add(personal: 1 / Double(number + 1), base: 0.1 * Double(number)) }
        let read = try JSONDecoder().decode(QualityGuard.self, from: JSONEncoder().encode(judge))
        #expect(read == judge)
    }
}
