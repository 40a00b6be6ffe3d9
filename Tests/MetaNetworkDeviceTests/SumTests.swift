import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkDevice

@Suite("Dense layers over joined values, which are never formed")
struct SumTests {
    @Test(
        "scores are those of the formulas written out, whatever is added once a call, read from a table or carried through W",
        arguments: [1, 2, 4],
        [(false, 40), (true, 40), (false, 3), (true, 3), (true, 1)]
    )
    func formulas(heads: Int, layer: (isDynamic: Bool, units: Int)) throws {
        let architecture = Self.architecture(heads: heads, units: layer.units, isDynamic: layer.isDynamic)
        let weights = try randomWeights(architecture, items: 30, seed: UInt64(heads + layer.units))
        var model = try DeviceModel(architecture, itemCount: 30, weights: weights)
        // A long history first, so that a short one after it meets what the long one left in memory.
        for history in [[3, 9, 27, 20, 1, 5, 11], [8], [4, 4, 30]] {
            var scores: [Float] = []
            model.score(history: history, candidates: Array(1...9), into: &scores)
            let formulas = Formulas(weights: weights, history: history.suffix(6).map { $0 }, heads: heads)
            for (place, score) in scores.enumerated() {
                #expect(abs(Double(score) - formulas.score(of: place + 1)) < 2e-5)
            }
        }
    }

    /// What the user's last sample, the item and attention give, joined twice over.
    private static func architecture(heads: Int, units: Int, isDynamic: Bool) -> Architecture {
        Architecture(
            name: "sums",
            inputs: [.init(name: "history", kind: .items, length: 6), .init(name: "candidate", kind: .item)],
            nodes: [
                .init("samples", .embedding(table: "items", width: 12), "history"),
                .init("recent", .last, "samples"),
                .init("target", .embedding(table: "items", width: 12), "candidate"),
                .init("found", .attention(heads: heads), "target", "samples"),
                .init("pair", .concatenate, "found", "target"),
                .init("joined", .concatenate, "recent", "pair"),
                .init("hidden", .dense(units: units, activation: .tanh, dynamic: isDynamic), "joined"),
                .init("side", .concatenate, "recent", "target"),
                .init("gate", .dense(units: units, activation: .relu, dynamic: isDynamic), "side"),
                .init("both", .add, "hidden", "gate"),
                .init("score", .dense(units: 1, dynamic: true), "both"),
            ],
            output: "score"
        )
    }
}

/// The same model in double precision, as the formulas are written.
private struct Formulas {
    let weights: Weights
    let history: [Int]
    let heads: Int

    func score(of item: Int) -> Double {
        let (recent, target) = (row(history[history.count - 1]), row(item))
        let hidden = dense("hidden", recent + attention(target) + target).map { tanh($0) }
        let gate = dense("gate", recent + target).map { max($0, 0) }
        return dense("score", zip(hidden, gate).map { $0 + $1 })[0]
    }

    private func attention(_ query: [Double]) -> [Double] {
        let (q, width) = (dense("found.query", query), query.count / heads)
        let keys = history.map { product("found.key.weight", row($0)) }
        let values = history.map { product("found.value.weight", row($0)) }
        var joined: [Double] = []
        for head in 0..<heads {
            let places = head * width..<(head + 1) * width
            let powers = keys.map { key in
                exp(places.reduce(0) { $0 + q[$1] * key[$1] } / Double(width).squareRoot())
            }
            let total = powers.reduce(0, +)
            joined += places.map { place in zip(powers, values).reduce(0) { $0 + $1.0 * $1.1[place] } / total }
        }
        return dense("found.output", joined)
    }

    private func numbers(_ name: String) -> [Double] { (weights[name]?.values ?? []).map { Double($0) } }

    private func row(_ item: Int) -> [Double] { Array(numbers("items.embedding")[item * 12..<(item + 1) * 12]) }

    private func dense(_ name: String, _ x: [Double]) -> [Double] {
        zip(product("\(name).weight", x), numbers("\(name).bias")).map { $0 + $1 }
    }

    private func product(_ name: String, _ x: [Double]) -> [Double] {
        let matrix = numbers(name)
        let columns = matrix.count / x.count
        return (0..<columns).map { column in x.indices.reduce(0) { $0 + x[$1] * matrix[$1 * columns + column] } }
    }
}
