import Foundation
import Testing

@testable import MetaNetworkDevice

@Suite("Eight numbers at a time")
struct LanesTests {
    @Test("exp and sigmoid agree with the C library to 2e-7, tanh to 4e-7, from one end of the numbers to the other")
    func exponentials() {
        for step in -2000...2000 {
            let x = Float(step) * 0.05
            let lanes = Lanes(repeating: x)
            let exact = exp(Double(min(max(x, -87), 87)))
            #expect(abs(Double(Lanes.exp(lanes)[0]) - exact) <= 2e-7 * exact, "exp \(x)")
            #expect(abs(Double(Lanes.tanh(lanes)[3]) - tanh(Double(x))) < 4e-7, "tanh \(x)")
            #expect(abs(Double(Lanes.sigmoid(lanes)[7]) - 1 / (1 + exp(-Double(x)))) < 2e-7, "sigmoid \(x)")
        }
    }

    @Test("infinite numbers saturate, and zero is exact, so that padding stays zero")
    func extremes() {
        #expect(Lanes.tanh(Lanes())[0] == 0)
        #expect(Lanes.tanh(Lanes(repeating: .infinity))[0] == 1)
        #expect(Lanes.tanh(Lanes(repeating: -.infinity))[0] == -1)
        #expect(Lanes.exp(Lanes())[5] == 1)
    }

    @Test("totals are the sums of the numbers")
    func totals() {
        let a = Lanes(1, 2, 3, 4, 5, 6, 7, 8)
        #expect(a.total == 36 && a.largest == 8 && (0 - a).largest == -1)
        let four = SIMD4<Float>(1, 2, 3, 4)
        #expect(SIMD4.totals(four, four * 2, four * 3, four * 4) == SIMD4(10, 20, 30, 40))
    }
}
