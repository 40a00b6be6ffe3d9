import Foundation
import Testing
import Torch

@Suite("A dense layer with generated weights")
struct GeneratedDenseTests {
    private func filled(_ shape: Int..., seed: Float) throws -> Tensor {
        try Tensor((0..<shape.reduce(1, *)).map { sin(seed + Float($0) * 1.7) }, shape: shape)
    }

    /// One vector a row, a few, and more than the loops take: each has a way of its own.
    @Test("agrees with the written-out product, and so do its gradients", arguments: [1, 3, 20])
    func plainForm(count: Int) throws {
        let (rows, inputs, outputs, rank) = (4, 11, 13, 3)
        func parameters() throws -> [Tensor] {
            let made = try [
                filled(rows, count, inputs, seed: 1), filled(rows, rank, seed: 2),
                filled(rank, inputs * outputs, seed: 3), filled(inputs, outputs, seed: 4),
            ]
            for parameter in made { try parameter.requireGradient() }
            return made
        }
        let target = try filled(rows, count, outputs, seed: 5)
        let short = try parameters()
        let shortResult = try short[0].generatedDense(code: short[1], decoder: short[2], base: short[3])
        try (shortResult * target).mean().backward()
        let long = try parameters()
        let weights = try long[1].linear(long[2], long[3].reshape([-1])).reshape([rows, inputs, outputs])
        let longResult = try long[0].matmul(weights)
        try (longResult * target).mean().backward()
        func difference(_ a: Tensor, _ b: Tensor) throws -> Float {
            try zip(a.floats(), b.floats()).map { abs($0 - $1) }.max() ?? .infinity
        }
        #expect(try difference(shortResult, longResult) < 1e-5)
        for (left, right) in zip(short, long) {
            let (a, b) = (try #require(try left.gradient()), try #require(try right.gradient()))
            #expect(try difference(a, b) < 1e-5)
        }
    }

    @Test("shapes that do not fit are an error that gives them")
    func badShapes() throws {
        let x = try filled(2, 1, 3, seed: 1)
        let code = try filled(2, 2, seed: 2)
        let error = #expect(throws: TorchError.self) {
            try x.generatedDense(code: code, decoder: filled(2, 5, seed: 3), base: filled(3, 4, seed: 4))
        }
        #expect(error?.description.contains("do not fit") == true)
    }
}
