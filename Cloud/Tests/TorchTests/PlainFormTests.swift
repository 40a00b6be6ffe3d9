import Foundation
import Testing

@testable import Torch

/// What runs on other devices, seen without one: every operation that has loops of our own is run by those, in its plain form on the same processor, and in
/// its plain form on a device whose memory cannot be read.
@Suite("Operations in their plain forms", .serialized)
struct PlainFormTests {
    /// An operation on seeded random values.
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// Of the tensors that gradients are taken of.
        let shapes: [[Int]]
        let result: @Sendable ([Tensor]) throws -> Tensor

        init(_ name: String, _ shapes: [[Int]], _ result: @escaping @Sendable ([Tensor]) throws -> Tensor) {
            (testDescription, self.shapes, self.result) = (name, shapes, result)
        }

        /// Values, and the gradients of a weighted sum of them, computed on the device at hand.
        func run() throws -> [[Float]] {
            let parameters = try shapes.enumerated().map { try Tensor(values($1, seed: $0 + 1), shape: $1) }
            for parameter in parameters { try parameter.requireGradient() }
            let result = try result(parameters)
            let weights = try Tensor(values(result.shape, seed: 99), shape: result.shape)
            let sum = try (result * weights).reshape([-1]).sum(axis: 0)
            try sum.backward()
            return try [result.floats()] + parameters.map { try #require(try $0.gradient()).floats() }
        }
    }

    @Test("agree with our loops on the processor, values and gradients", arguments: Case.layers + Case.others)
    func onProcessor(_ operation: Case) throws {
        try expectSame(operation.run(), LibTorch.withPlainForms { try operation.run() })
    }

    @Test("agree where memory cannot be read", arguments: Case.layers + Case.others + Case.ofLibTorch)
    func elsewhere(_ operation: Case) throws {
        try expectSame(operation.run(), LibTorch.withUnreadableMemory { try operation.run() })
    }

    @Test("choose the same elements for dropout on all devices", arguments: [0.01, 0.5, 0.9])
    func dropout(rate: Double) throws {
        for seed in [1, 0x9E37_79B9_7F4A_7C15, UInt64.max] {
            func taken() throws -> [Float] {
                try Tensor([Float](repeating: 1, count: 70_001), shape: [70_001]).dropout(rate: rate, seed: seed)
                    .floats()
            }
            let expected = try taken()
            #expect(try LibTorch.withPlainForms { try taken() } == expected)
            #expect(try LibTorch.withUnreadableMemory { try taken() } == expected)
        }
    }

    @Test("steps of Adam, of SGD and of gradients that are taken and given back are the same everywhere")
    func steps() throws {
        func run() throws -> [[Float]] {
            let shapes = [[7, 5], [5], [3, 2]]
            let parameters = try shapes.enumerated().map { try Tensor(values($1, seed: $0 + 1), shape: $1) }
            for parameter in parameters { try parameter.requireGradient() }
            let anchors = try parameters.map { try Tensor(values($0.shape, seed: 50), shape: $0.shape) }
            func loss() throws -> Tensor { try (parameters[0] * parameters[1]).hyperbolicTangent().mean() * 90 }
            let adam = try Adam(parameters, learningRate: 0.1, weightDecay: 0.1, clipNorm: 2)
            var norms: [Float] = []
            for _ in 0..<3 {
                try loss().backward()
                let taken = try Tensor.takeGradients(of: parameters, adding: [4, 5])
                #expect(try taken.narrowed(axis: 0, taken.size(0) - 5..<taken.size(0)).floats() == [1, 1, 0, 4, 5])
                try taken.putGradients(of: parameters, times: 0.5)
                #expect(try parameters[2].gradient() == nil)
                norms.append(Float(try adam.takeStep()))
            }
            try loss().backward()
            try SGD.step(parameters, rate: 0.1, anchors: anchors, pull: 0.3)
            return try [norms] + parameters.map { try $0.floats() }
        }
        let expected = try run()
        try expectSame(expected, LibTorch.withPlainForms { try run() })
        try expectSame(expected, LibTorch.withUnreadableMemory { try run() })
    }

    @Test("a step of Adam changes the same rows of a table whose gradient is sparse")
    func sparse() throws {
        func run() throws -> [[Float]] {
            let table = try Tensor(values([9, 3], seed: 4), shape: [9, 3])
            try table.requireGradient()
            let adam = try Adam([table], learningRate: 0.1, weightDecay: 0.1, clipNorm: 0.5)
            for step in 1...2 {
                let rows = try table.embedding(indices([6], below: 2 * step), hasPadding: false, isSparse: true)
                try (rows * rows * 9).mean().backward()
                _ = try adam.takeStep()
            }
            return try [table.floats(), adam.firstMoments[0].floats(), adam.secondMoments[0].floats()]
        }
        let expected = try run()
        #expect(expected[0] != values([9, 3], seed: 4))
        try expectSame(expected, LibTorch.withPlainForms { try run() })
    }

    @Test("a device that cannot be used says what is missing, and the one before stays")
    func missing() throws {
        #if !canImport(Darwin)
        let apple = #expect(throws: TorchError.self) { try LibTorch.use(.mps) }
        #expect(apple?.description.contains("Apple") == true)
        #endif
        do {
            try LibTorch.use(.cuda(0))
            try LibTorch.use(.cpu)
        } catch {
            #expect(["run make cuda", "NVIDIA", "Linux"].contains { error.description.contains($0) }, "\(error)")
        }
        #expect(LibTorch.device == .cpu)
        #expect(try Tensor([1, 2], shape: [2]).floats() == [1, 2])
    }

    private func expectSame(
        _ expected: [[Float]],
        _ found: [[Float]],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(expected.count == found.count)
        for (part, (left, right)) in zip(expected, found).enumerated() {
            let difference = zip(left, right).map { abs($0 - $1) }.max() ?? .infinity
            #expect(left.count == right.count && difference < 1e-5, "part \(part)", sourceLocation: sourceLocation)
        }
    }
}

/// Values from -0.7 to 0.7 that the seed alone decides.
private func values(_ shape: [Int], seed: Int) -> [Float] {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
    return (0..<shape.reduce(1, *)).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(state >> 40) * 0x1p-24 * 1.4 - 0.7
    }
}

private func indices(_ shape: [Int], below limit: Int) throws -> Tensor {
    try Tensor(indices: (0..<shape.reduce(1, *)).map { Int64($0 * $0 % limit) }, shape: shape)
}

extension PlainFormTests.Case {
    /// Layers; sizes are no multiples of a vector's, and rows are more than one thread takes at a time.
    static let layers: [Self] =
        [
            Self("dense, tanh", [[300, 2, 11], [11, 19], [19]]) { try $0[0].dense($0[1], $0[2], .tanh) },
            Self("dense, relu", [[300, 11], [11, 19], [19]]) { try $0[0].dense($0[1], $0[2], .relu) },
            Self("dense of a transposed weight", [[5, 11], [19, 11]]) { try $0[0].dense($0[1].transpose(0, 1)) },
            Self("gather", [[7, 19]]) { try $0[0].gather(indices([150, 3], below: 7)) },
            Self("gather with ages, tanh", [[7, 19], [5, 19]]) {
                try $0[0].gather(indices([150, 3], below: 7), ages: ($0[1], indices([150, 3], below: 5)), .tanh)
            },
            Self("gathered dot", [[150, 19], [7, 19]]) { try $0[0].dot($0[1], at: indices([150, 3], below: 7)) },
            Self("attention", [[70, 3, 11], [70, 9, 11]]) {
                // Of every tenth row nothing is to be seen.
                let mask = (0..<70 * 9).map { $0 % 9 > $0 / 9 % 9 || $0 / 9 % 10 == 3 ? Float(-1e9) : 0 }
                return try $0[0].attend(to: $0[1], mask: Tensor(mask, shape: [70, 9]))
            },
            Self("gated recurrent unit", [[7, 15], [5, 15], [15]]) {
                try $0[0].gru(indices([70, 4], below: 7), weight: $0[1], bias: $0[2])
            },
            Self("joined candidates", [[3, 4, 11]]) { try $0[0].joinCandidates(temperature: 3) },
        ]
        + [(1, 3), (1, 30), (3, 3), (20, 3)].map { count, rank in
            Self(
                "generated dense, \(count) vectors, rank \(rank)",
                [
                    [70, count, 11], [70, rank], [rank, 11 * 13], [11, 13], [rank, 13], [13],
                ]
            ) { x in
                let layer = Tensor.Generated(
                    code: x[1],
                    weightDecoder: x[2],
                    weight: x[3],
                    biasDecoder: x[4],
                    bias: x[5]
                )
                return try x[0].dense(layer, .tanh)
            }
        }
        + [(5, 1), (70, 2)].map { steps, heads in
            Self("causal attention, \(steps) steps", Array(repeating: [3, steps, 22], count: 3)) {
                try $0[0].attendCausally(keys: $0[1], values: $0[2], heads: heads)
            }
        }

    /// Losses, dropout and windows of images.
    static let others: [Self] =
        [
            Self("softmax loss", [[30, 19]]) { try $0[0].softmaxLoss(indices([30], below: 19)) },
            Self("softmax loss with shift and weights", [[30, 19]]) {
                try $0[0].softmaxLoss(
                    indices([30], below: 19),
                    shift: Tensor(values([19], seed: 7).map { $0 * 20 }, shape: [19]),
                    weights: Tensor(values([30], seed: 8), shape: [30])
                )
            },
            Self("softmax loss in place", [[30, 4], [4, 19]]) {
                try $0[0].matmul($0[1]).softmaxLoss(indices([30], below: 19), overwrites: true)
            },
            Self("dropout", [[40, 19]]) { try $0[0].dropout(rate: 0.3, seed: 9) },
        ]
        + [(1, 0), (1, 1), (2, 0), (2, 1)].flatMap { stride, border in
            let output = (height: (6 + border - 3) / stride + 1, width: (7 + border - 3) / stride + 1)
            let windows = SlidingWindow(
                size: 3,
                stride: stride,
                input: (6, 7),
                output: output,
                top: border,
                left: border
            )
            let name = "stride \(stride), border \(border)"
            return [
                Self("patches, \(name)", [[3, 42, 2]]) { try $0[0].patches(windows) },
                Self("folded patches, \(name)", [[3, output.height * output.width, 18]]) { try $0[0].folded(windows) },
            ]
        }

    private static func batchNorm(learns: Bool) -> Self {
        Self("batch normalization, \(learns ? "of a batch" : "running")", [[30, 4], [4], [4]]) {
            let layer = Tensor.BatchNorm(
                scale: $0[1],
                bias: $0[2],
                mean: try Tensor([0.1, 0, 0.2, -0.1], shape: [4]),
                variance: try Tensor([1, 2, 1, 3], shape: [4]),
                share: 0.5,
                epsilon: 1e-5
            )
            return try $0[0].batchNorm(layer, learns: learns)
        }
    }

    /// What LibTorch computes alone, on any device.
    static let ofLibTorch: [Self] = [
        Self("layer normalization", [[30, 11], [11], [11]]) { try $0[0].layerNorm(scale: $0[1], bias: $0[2]) },
        Self("largest and mean of windows", [[3, 42, 2]]) {
            let windows = SlidingWindow(size: 2, stride: 2, input: (6, 7), output: (3, 3))
            return try $0[0].maximum(in: windows) + $0[0].mean(in: windows)
        },
        batchNorm(learns: false), batchNorm(learns: true),
        Self("embedding", [[7, 5]]) { try $0[0].embedding(indices([30], below: 7), hasPadding: true) },
        Self("binary cross-entropy", [[30, 2]]) {
            let targets = try Tensor((0..<60).map { Float($0 % 2) }, shape: [30, 2])
            return try $0[0].binaryCrossEntropy(
                targets,
                positiveWeight: 3,
                weights: Tensor(values([30, 1], seed: 5), shape: [30, 1])
            )
        },
        Self("cross-entropy and squared error", [[30, 4]]) {
            let targets = try Tensor(values([30, 4], seed: 6), shape: [30, 4])
            return try $0[0].crossEntropy(indices([30], below: 4)) + $0[0].squaredError(targets)
        },
    ]
}
