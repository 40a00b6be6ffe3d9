import Foundation
import Testing
import Torch

@Suite("Layers of networks that make and judge images", .serialized)
struct ImageLayerTests {
    @Test(
        "windows are folded as the gradient of cutting them out, and their gradient cuts them out",
        arguments: [1, 2]
    )
    func folded(stride: Int) throws {
        let output = (height: (5 + stride - 1) / stride, width: (4 + stride - 1) / stride)
        let windows = SlidingWindow(size: 3, stride: stride, input: (5, 4), output: output, top: 1, left: 1)
        let count = output.height * output.width
        let x = try [[2, 20, 3], [2, count, 27]].enumerated().map { seed, shape in
            try Tensor((0..<shape.reduce(1, *)).map { sin(Float(seed) + Float($0) * 1.7) }, shape: shape)
        }
        for tensor in x { try tensor.requireGradient() }
        let folded = try x[1].folded(windows)
        // ⟨fold(y), x⟩ = ⟨y, patches(x)⟩.
        try x[0].patches(windows).backward(from: x[1].detached())
        let difference = zip(try folded.floats(), try #require(try x[0].gradient()).floats()).map { abs($0 - $1) }
        #expect(difference.count == 120 && difference.allSatisfy { $0 < 1e-6 })
        try folded.backward(from: x[0].detached())
        #expect(try #require(try x[1].gradient()).floats() == x[0].patches(windows).floats())
    }

    @Test("batch normalization has each channel's own mean and variance, keeps a share of them, and goes by them later")
    func batchNorm() throws {
        func tensor(_ values: [Float]) throws -> Tensor { try Tensor(values, shape: [2]) }
        let layer = Tensor.BatchNorm(
            scale: try tensor([2, 1]),
            bias: try tensor([0, 3]),
            mean: try tensor([0, 0]),
            variance: try tensor([1, 1]),
            share: 0.5,
            epsilon: 0
        )
        // Channels 1, 3, 5, 7 and four times 2, 4.
        let x = try Tensor([1, 2, 3, 4, 5, 2, 7, 4], shape: [2, 2, 2])
        let result = try x.batchNorm(layer, learns: true).floats()
        let step = Float(2 / 5.0.squareRoot())
        let expected: [Float] = [-3 * step, 2, -step, 4, step, 2, 3 * step, 4]
        #expect(zip(result, expected).allSatisfy { abs($0 - $1) < 1e-5 })
        // The running variance is over n - 1.
        #expect(try layer.mean.floats() == [2, 1.5])
        let variance = try layer.variance.floats()
        #expect(abs(variance[0] - (0.5 + 10.0 / 3)) < 1e-6 && abs(variance[1] - (0.5 + 2.0 / 3)) < 1e-6)
        let later = try x.batchNorm(layer, learns: false).floats()
        #expect(abs(later[0] - 2 * (1 - 2) / Float(0.5 + 10.0 / 3).squareRoot()) < 1e-6)
    }

    @Test("the gradient of batch normalization is that of finite differences")
    func batchNormGradient() throws {
        let ones = try Tensor([1, 1], shape: [2])
        func loss(_ values: [Float]) throws -> (Tensor, Tensor) {
            let x = try Tensor(values, shape: [4, 2])
            try x.requireGradient()
            let layer = Tensor.BatchNorm(
                scale: ones,
                bias: try ones * 0,
                mean: try ones * 0,
                variance: try ones * 1,
                share: 0.1,
                epsilon: 0.1
            )
            let weights = try Tensor((0..<8).map { cos(Float($0)) }, shape: [4, 2])
            return (x, try (x.batchNorm(layer, learns: true) * weights).mean())
        }
        let values: [Float] = [0.2, -1, 0.7, 0.3, -0.4, 2, 1.1, -0.6]
        let (x, result) = try loss(values)
        try result.backward()
        let gradient = try #require(try x.gradient()).floats()
        for place in values.indices {
            var (more, less) = (values, values)
            more[place] += 0.01
            less[place] -= 0.01
            let slope = (try loss(more).1.scalar() - loss(less).1.scalar()) / 0.02
            #expect(abs(slope - gradient[place]) < 1e-3)
        }
    }

    @Test("a leaky unit and the hyperbolic tangent keep their slopes, and the gradient of one input collects nothing")
    func gradients() throws {
        let x = try Tensor([-2, 0.5], shape: [2])
        try x.requireGradient()
        let leaky = try x.leakyRelu(slope: 0.3)
        #expect(try leaky.floats() == [-0.6, 0.5])
        let given = try Tensor([10, 20], shape: [2])
        #expect(try leaky.gradient(of: x, from: given).floats() == [3, 20])
        #expect(try x.gradient() == nil)
        // The graph is still there.
        try leaky.backward(from: given)
        #expect(try x.gradient()?.floats() == [3, 20])
        let bent = try x.hyperbolicTangent()
        let slopes = try bent.gradient(of: x, from: Tensor([1, 1], shape: [2])).floats()
        for (slope, value) in zip(slopes, [Float(-2), 0.5]) {
            let bent = Foundation.tanh(value)
            #expect(abs(slope - (1 - bent * bent)) < 1e-6)
        }
    }

    @Test("eigenvalues of a symmetric matrix ascend, and their vectors make the matrix again")
    func eigen() throws {
        let matrix: [Double] = [4, 1, 0, 1, 3, -2, 0, -2, 5]
        let found = try SymmetricEigen(matrix, size: 3)
        #expect(found.values == found.values.sorted() && abs(found.values.reduce(0, +) - 12) < 1e-12)
        for i in 0..<3 {
            for j in 0..<3 {
                var sum = 0.0
                for k in 0..<3 { sum += found.vectors[i * 3 + k] * found.values[k] * found.vectors[j * 3 + k] }
                #expect(abs(sum - matrix[i * 3 + j]) < 1e-12)
            }
        }
        #expect(throws: TorchError.self) { try SymmetricEigen([.nan, 0, 0, 1], size: 2) }
    }
}
