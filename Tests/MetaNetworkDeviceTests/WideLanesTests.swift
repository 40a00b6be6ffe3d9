import MetaNetwork
import Testing

@testable import MetaNetworkDevice

/// Where the processor is wide, every model runs the kernels in C; these compare them with the ones that all others run.
@Suite("Kernels for wide processors")
struct WideLanesTests {
    private static func arena(_ lanes: Int, _ random: inout SplitMix) -> Arena {
        let arena = Arena(count: lanes)
        for place in 0..<lanes * Lanes.scalarCount {
            arena.base.elements[place] = Float.random(in: -1...1, using: &random)
        }
        return arena
    }

    @Test("multiply as the plain ones to 1e-5, whatever the sizes, and a row as it does alone")
    func dense() {
        var random = SplitMix(state: 4)
        for _ in 0..<300 {
            let rows = Int.random(in: 1...9, using: &random)
            let (inputs, outputs) = (Int.random(in: 1...70, using: &random), Int.random(in: 1...9, using: &random))
            let step = Lanes.count(for: inputs) + Int.random(in: 0...2, using: &random)
            let outStep = outputs + Int.random(in: 0...2, using: &random)
            let sharesBias = Bool.random(using: &random)
            let (x, weight) = (Self.arena(rows * step, &random), Self.arena(inputs * outputs, &random))
            let bias = Self.arena(rows * outStep, &random)
            let layer = DenseLayer(
                weight: weight.base,
                bias: bias.base,
                biasStride: sharesBias ? 0 : outStep,
                inputs: inputs,
                outputs: outputs,
                activation: .identity
            )
            let (plain, wide) = (Arena(count: rows * outStep), Arena(count: rows * outStep))
            layer.plainProducts(x.base, stride: step, rows: rows, out: plain.base, outStride: outStep)
            layer.apply(x.base, stride: step, rows: rows, out: wide.base, outStride: outStep)
            let alone = Arena(count: outputs)
            for row in 0..<rows {
                let one = DenseLayer(
                    weight: weight.base,
                    bias: bias.base + row * layer.biasStride,
                    biasStride: 0,
                    inputs: inputs,
                    outputs: outputs,
                    activation: .identity
                )
                one.apply(x.base + row * step, stride: step, rows: 1, out: alone.base, outStride: outputs)
                for lane in 0..<outputs {
                    let found = wide.base[row * outStep + lane]
                    #expect(found == alone.base[lane])
                    let difference = found - plain.base[row * outStep + lane]
                    #expect((0..<Lanes.scalarCount).allSatisfy { abs(difference[$0]) < 1e-5 })
                }
            }
            // The result may take the place of the bias.
            if !sharesBias {
                layer.apply(x.base, stride: step, rows: rows, out: bias.base, outStride: outStep)
                for row in 0..<rows {
                    for lane in 0..<outputs {
                        #expect(bias.base[row * outStep + lane] == wide.base[row * outStep + lane])
                    }
                }
            }
        }
    }

    @Test("go through a recurrent layer as the plain ones to 1e-5, whatever its width")
    func recurrent() {
        var random = SplitMix(state: 6)
        for units in [1, 5, 8, 12, 16, 24, 31, 32, 40, 57, 64] {
            let (steps, lanes) = (9, Lanes.count(for: units))
            let (gates, weight) = (Self.arena(steps * 3 * lanes, &random), Self.arena(units * 3 * lanes, &random))
            let bias = Self.arena(3 * lanes, &random)
            let unit = RecurrentUnit(weight: weight.base, bias: bias.base, units: units, lanes: lanes)
            let (plain, found) = (Arena(count: steps * lanes), Arena(count: steps * lanes))
            unit.apply(gates.base, steps: steps, states: found.base)
            for step in 0..<steps {
                let state = plain.base + step * lanes
                let before = step == 0 ? nil : UnsafePointer(state - lanes)
                unit.plainStep(gates.base + step * 3 * lanes, before, state)
            }
            for place in 0..<steps * lanes * Lanes.scalarCount {
                let (a, b) = (plain.base.elements[place], found.base.elements[place])
                #expect(abs(a - b) < 1e-5, "\(units) units, element \(place)")
            }
        }
    }

    @Test("tanh as the plain one to 1e-6, at its limits and beyond too; what is no number stays none")
    func tanh() {
        let values: [Float] =
            (-200...200).map { Float($0) / 17 } + [0, 9, -9, 100, -100, .infinity, -.infinity, .nan, 1e-30, -1e-30]
        let arena = Arena(count: Lanes.count(for: values.count))
        for (place, value) in values.enumerated() { arena.base.elements[place] = value }
        Architecture.Activation.tanh.apply(to: arena.base, lanes: Lanes.count(for: values.count))
        for (place, value) in values.enumerated() {
            let (found, plain) = (arena.base.elements[place], Lanes.tanh(Lanes(repeating: value))[0])
            #expect(value.isNaN ? found.isNaN : abs(found - plain) < 1e-6, "\(value)")
        }
    }
}
