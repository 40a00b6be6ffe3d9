import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkDevice

@Suite("A gate")
struct RequestGateTests {
    private static let width = 3

    /// Weights that are all different.
    private static func weights(_ change: (inout Weights) -> Void = { _ in }) throws -> Weights {
        var weights = Weights()
        var number: Float = 0
        for (name, shape) in RequestGate.shapes(sampleWidth: width) {
            let values = (0..<shape.reduce(1, *)).map { _ -> Float in
                number += 1
                return sin(number) / 2
            }
            let isScale = name == "errors" || name == "distances"
            weights[name] = try WeightTensor(shape: shape, values: isScale ? values.sorted() : values)
        }
        change(&weights)
        return weights
    }

    /// The formula in double precision.
    private static func expected(_ weights: Weights, _ recent: [Double], _ behind: [Double]) -> (
        score: Double, spread: Double
    ) {
        func values(_ name: String) -> [Double] { weights[name].map { $0.values.map(Double.init) } ?? [] }
        func dense(_ name: String, _ x: [Double]) -> [Double] {
            let (weight, bias) = (values("\(name).weight"), values("\(name).bias"))
            return bias.indices.map { column in
                bias[column] + x.indices.reduce(0) { $0 + x[$1] * weight[$1 * bias.count + column] }
            }
        }
        func user(_ mean: [Double]) -> [Double] { dense("user2", dense("user1", mean).map { tanh($0) }) }
        let (state, former) = (user(recent), user(behind))
        let variances = dense("spread", dense("prior", state).map { max($0, 0) }).map { exp($0) }
        let spread = zip(values("influence"), variances).reduce(0) { $0 + $1.0 * $1.1 }
        return (dense("decision", [tanh(dense("reading", former + state)[0]), spread])[0], spread)
    }

    @Test("scores as its formula says")
    func formula() throws {
        let weights = try Self.weights()
        let gate = try RequestGate(weights, sampleWidth: Self.width)
        for (recent, behind) in [([0.5, -1, 2], [0.25, 0, -1]), ([0, 0, 0], [3, 1, -2])] as [([Float], [Float])] {
            let expected = Self.expected(weights, recent.map(Double.init), behind.map(Double.init))
            let score = try #require(gate.score(recent: recent, behind: behind))
            let spread = try #require(gate.uncertainty(recent: recent))
            #expect(abs(Double(score) - expected.score) < 1e-5)
            #expect(abs(Double(spread) - expected.spread) < 1e-5)
        }
        #expect(RequestGate.distance([1, 2], [4, 6]) == 5)
    }

    @Test("has no score of samples of another width, nor one that overflows")
    func unusable() throws {
        let gate = try RequestGate(Self.weights(), sampleWidth: Self.width)
        #expect(gate.score(recent: [1, 2], behind: [1, 2, 3]) == nil)
        #expect(gate.uncertainty(recent: []) == nil)
        #expect(RequestGate.distance([1], [1, 2]) == nil)
        let large = [Float](repeating: .infinity, count: 3)
        #expect(gate.score(recent: large, behind: large) == nil)
        #expect(gate.multiplyAdds == 4 * 9 + 3 * 16 + 16 * 17 + 6 + 2)
    }

    @Test("is refused where a tensor is missing, of another shape, not finite or too much")
    func refused() throws {
        func error(_ change: (inout Weights) -> Void) throws -> RequestGateError? {
            let weights = try Self.weights(change)
            do {
                _ = try RequestGate(weights, sampleWidth: Self.width)
                return nil
            } catch {
                return error
            }
        }
        let two = try WeightTensor(shape: [2], values: [1, .nan])
        let one = try WeightTensor(shape: [1], values: [.infinity])
        let scale = try WeightTensor(shape: [101], values: (0..<101).map { Float(-$0) })
        #expect(try error { $0["prior.bias"] = nil } == .missingTensor("prior.bias"))
        #expect(try error { $0["user2.bias"] = two } == .wrongShape("user2.bias", expected: [3], found: [2]))
        #expect(try error { $0["decision.bias"] = one } == .notFinite("decision.bias"))
        #expect(try error { $0["other"] = two } == .unexpectedTensor("other"))
        #expect(try error { $0["errors"] = scale } == .scale)
        #expect(throws: RequestGateError.self) { try RequestGate(Self.weights(), sampleWidth: 4) }
    }

    @Test("places scores among those of validation")
    func scale() throws {
        let scale = try ScoreScale(steps: [0, 1, 4])
        #expect(scale.share(below: -1) == 0 && scale.share(below: 5) == 1)
        #expect(scale.share(below: 1) == 0.5 && scale.share(below: 2.5) == 0.75)
        #expect(try ScoreScale(steps: [0, 2, 2, 2, 3]).share(below: 2) == 0.5)
        #expect(scale.share(below: .nan) == 0)
        var scores = (0..<1000).map { Float($0 * $0) }
        scores.shuffle()
        let wide = try ScoreScale(of: scores)
        for share in [0.1, 0.33, 0.5, 0.9] {
            let score = Float(Int(share * 1000) * Int(share * 1000))
            #expect(abs(wide.share(below: score) - share) < 0.01)
        }
        #expect(throws: RequestGateError.scale) { try ScoreScale(of: []) }
        #expect(throws: RequestGateError.scale) { try ScoreScale(steps: [1]) }
    }
}
