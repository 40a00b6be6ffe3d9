import Foundation
import Testing
import Torch

/// Each fused layer beside the same formula in plain operations: values and all gradients agree to 1e-5.
///
/// Sizes are no multiples of a vector's, and rows are more than one thread takes at a time.
@Suite("Fused layers agree with their plain forms", .serialized)
struct LayerTests {
    @Test("a dense layer, with and without its bias and activation", arguments: [1, 3, 700])
    func dense(rows: Int) throws {
        let shapes = [[rows, 2, 11], [11, 19], [19]]
        try expectSame(shapes) {
            try $0[0].dense($0[1], $0[2])
        } plain: {
            try $0[0].matmul($0[1]) + $0[2]
        }
        try expectSame(Array(shapes.prefix(2))) {
            try $0[0].dense($0[1])
        } plain: {
            try $0[0].matmul($0[1])
        }
        try expectSame([shapes[0], [19, 11]]) {
            try $0[0].dense($0[1].transpose(0, 1), nil, .tanh)
        } plain: {
            try tanh($0[0].matmul($0[1].transpose(0, 1)))
        }
    }

    @Test("relu keeps what is positive and its gradient")
    func relu() throws {
        let x = try Tensor([-2, -1, 0, 1, 2], shape: [5, 1])
        try x.requireGradient()
        let result = try x.dense(Tensor([3], shape: [1, 1]), nil, .relu)
        #expect(try result.floats() == [0, 0, 0, 3, 6])
        try (result * 5).mean().backward()
        #expect(try x.gradient()?.floats() == [0, 0, 0, 3, 3])
    }

    @Test("the hyperbolic tangent is within 1e-6 of the C library's, and keeps what is not a number")
    func hyperbolicTangent() throws {
        let values = (-2000...2000).map { Float($0) / 150 } + [1e-6, -1e-30, 88, -1e30, .infinity]
        let result = try Tensor(values + [.nan], shape: [values.count + 1, 1])
            .dense(Tensor([1], shape: [1, 1]), nil, .tanh).floats()
        #expect(zip(values, result).allSatisfy { abs(Foundation.tanh($0) - $1) < 1e-6 })
        #expect(result.last?.isNaN == true)
    }

    /// One vector a row, a few and many; and codes that are wider than the layer: the two orders of the sum.
    @Test("a dense layer with generated weights", arguments: [(1, 3), (1, 30), (3, 3), (20, 3)])
    func generatedDense(count: Int, rank: Int) throws {
        let (rows, inputs, outputs) = (70, 11, 13)
        let shapes = [
            [rows, count, inputs], [rows, rank], [rank, inputs * outputs], [inputs, outputs], [rank, outputs],
            [outputs],
        ]
        try expectSame(shapes) { x in
            try x[0].dense(
                Tensor.Generated(code: x[1], weightDecoder: x[2], weight: x[3], biasDecoder: x[4], bias: x[5]),
                .tanh
            )
        } plain: { x in
            let weights = try x[1].matmul(x[2]).reshape([rows, inputs, outputs]) + x[3]
            let biases = try x[1].matmul(x[4]) + x[5]
            return try tanh(x[0].matmul(weights) + biases.reshape([rows, 1, outputs]))
        }
    }

    @Test("a gather of items and ages, and inner products with gathered rows")
    func gather() throws {
        let (rows, width) = (150, 19)
        func indices(_ columns: Int, below limit: Int) throws -> Tensor {
            try Tensor(indices: (0..<rows * columns).map { Int64($0 * $0 % limit) }, shape: [rows, columns])
        }
        let (items, ages) = (try indices(3, below: 7), try indices(3, below: 5))
        func plain(_ table: Tensor, _ indices: Tensor) throws -> Tensor {
            try table.rows(indices.reshape([-1])).reshape([rows, 3, width])
        }
        try expectSame([[7, width]]) {
            try $0[0].gather(items)
        } plain: {
            try plain($0[0], items)
        }
        try expectSame([[7, width], [5, width]]) {
            try $0[0].gather(items, ages: ($0[1], ages), .tanh)
        } plain: {
            try tanh(plain($0[0], items) + plain($0[1], ages))
        }
        try expectSame([[rows, width], [7, width]]) {
            try $0[0].dot($0[1], at: items)
        } plain: {
            try ($0[0].reshape([rows, 1, width]) * plain($0[1], items)).sum(axis: 2)
        }
    }

    @Test("attention on a masked sequence")
    func attention() throws {
        let (rows, queries, steps, width) = (70, 3, 9, 11)
        let mask = try Tensor(
            (0..<rows * steps).map { $0 % steps > $0 / steps % steps ? -1e9 : 0 },
            shape: [rows, steps]
        )
        try expectSame([[rows, queries, width], [rows, steps, width]]) {
            try $0[0].attend(to: $0[1], mask: mask)
        } plain: {
            try ($0[0].matmul($0[1].transpose(1, 2)) + mask.reshape([rows, 1, steps])).softmax(axis: -1).matmul($0[1])
        }
    }

    /// One block of steps and several, the last of them not full.
    @Test("causal attention of sequences on themselves", arguments: [(5, 1), (70, 2)])
    func causalAttention(steps: Int, heads: Int) throws {
        let (rows, width) = (3, 22)
        let later = (0..<steps * steps).map { $0 % steps > $0 / steps ? Float(-1e9) : 0 }
        let mask = try Tensor(later, shape: [steps, steps])
        func split(_ x: Tensor) throws -> Tensor {
            try x.reshape([rows, steps, heads, width / heads]).transpose(1, 2)
        }
        try expectSame([[rows, steps, width], [rows, steps, width], [rows, steps, width]]) {
            try $0[0].attendCausally(keys: $0[1], values: $0[2], heads: heads)
        } plain: {
            let scores =
                try split($0[0]).matmul(split($0[1]).transpose(2, 3))
                * (1 / Double(width / heads).squareRoot())
            return try (scores + mask).softmax(axis: -1).matmul(split($0[2])).transpose(1, 2)
                .reshape([rows, steps, width])
        }
    }

    @Test("causal attention gives the same where no gradient is wanted")
    func causalAttentionWithoutGradients() throws {
        let x = try Self.filled([[3, 70, 8], [3, 70, 8], [3, 70, 8]])
        let expected = try x[0].attendCausally(keys: x[1], values: x[2], heads: 2).floats()
        #expect(
            try withoutGradients { try x[0].attendCausally(keys: x[1], values: x[2], heads: 2).floats() } == expected
        )
    }

    @Test("the gradient of a square root of zeros is that of the epsilon under it")
    func squareRoot() throws {
        let x = try Tensor([0, 3], shape: [2])
        try x.requireGradient()
        let root = try (x * x).squareRoot(epsilon: 1e-8)
        try (root * 2).mean().backward()
        #expect(zip(try root.floats(), [1e-4, 3]).allSatisfy { abs($0 - $1) < 1e-6 })
        let gradient = try #require(try x.gradient()).floats()
        #expect(gradient[0] == 0 && abs(gradient[1] - 1) < 1e-6)
    }

    @Test("a gated recurrent unit has the same states where no gradient is wanted")
    func recurrentWithoutGradients() throws {
        let (rows, steps, units) = (70, 4, 5)
        let parts = try Self.filled([[7, 3 * units], [units, 3 * units], [3 * units]])
        let indices = try Tensor(indices: (0..<rows * steps).map { Int64($0 * $0 % 7) }, shape: [rows, steps])
        let expected = try parts[0].gru(indices, weight: parts[1], bias: parts[2])
        let states = try withoutGradients { try parts[0].gru(indices, weight: parts[1], bias: parts[2]) }
        #expect(try states.shape == expected.shape && states.floats() == expected.floats())
    }

    @Test("a gated recurrent unit")
    func recurrent() throws {
        let (rows, steps, units) = (8, 4, 5)
        let indices = try Tensor(indices: (0..<rows * steps).map { Int64($0 * $0 % 7) }, shape: [rows, steps])
        try expectSame([[7, 3 * units], [units, 3 * units], [3 * units]]) {
            try $0[0].gru(indices, weight: $0[1], bias: $0[2])
        } plain: { x in
            // The gates' columns by a product with columns of the unit matrix.
            func gate(_ index: Int, _ x: Tensor) throws -> Tensor {
                let column = { (row: Int, unit: Int) -> Float in row == index * units + unit ? 1 : 0 }
                let values = (0..<3 * units).flatMap { row in (0..<units).map { column(row, $0) } }
                return try x.matmul(Tensor(values, shape: [3 * units, units]))
            }
            func sigmoid(_ x: Tensor) throws -> Tensor {
                try tanh(x * 0.5) * 0.5 + Tensor([0.5], shape: [1])
            }
            var state = try Tensor([Float](repeating: 0, count: rows * units), shape: [rows, units])
            var states: [Tensor] = []
            for step in 0..<steps {
                let column = try Tensor(indices: (0..<rows).map { Int64($0 * steps + step) }, shape: [rows])
                let input = try x[0].rows(indices.reshape([rows * steps, 1]).rows(column).reshape([rows]))
                let recurrent = try state.matmul(x[1]) + x[2]
                let reset = try sigmoid(gate(0, input + recurrent))
                let update = try sigmoid(gate(1, input + recurrent))
                let fresh = try tanh(gate(2, input) + reset * gate(2, recurrent))
                state = try fresh + update * (state + fresh * -1)
                states.append(try state.reshape([rows, 1, units]))
            }
            return try Tensor.concatenate(states, axis: 1)
        }
    }

    @Test("the patches of images, with and without a border", arguments: [0, 1])
    func patches(border: Int) throws {
        let (rows, height, width, channels, size, stride) = (3, 6, 7, 2, 3, 2)
        let output = (height: (height + border - size) / stride + 1, width: (width + border - size) / stride + 1)
        let windows = SlidingWindow(
            size: size,
            stride: stride,
            input: (height, width),
            output: output,
            top: border,
            left: border
        )
        var places: [Int64] = []
        for (row, top, left) in Self.places(rows, output.height, output.width) {
            for (down, right, _) in Self.places(size, size, 1) {
                let (y, x) = (top * stride + down - border, left * stride + right - border)
                // The row of zeros behind all pixels is what lies beyond the border.
                let isInside = (0..<height).contains(y) && (0..<width).contains(x)
                places.append(Int64(isInside ? (row * height + y) * width + x : rows * height * width))
            }
        }
        try expectSame([[rows, height * width, channels]]) {
            try $0[0].patches(windows)
        } plain: {
            let zeros = try Tensor([Float](repeating: 0, count: channels), shape: [1, channels])
            return try Tensor.concatenate([$0[0].reshape([-1, channels]), zeros], axis: 0)
                .rows(Tensor(indices: places, shape: [places.count]))
                .reshape([rows, output.height * output.width, size * size * channels])
        }
    }

    private static func places(_ a: Int, _ b: Int, _ c: Int) -> [(Int, Int, Int)] {
        (0..<a).flatMap { x in (0..<b).flatMap { y in (0..<c).map { (x, y, $0) } } }
    }

    @Test("the stabilizer's mean of candidates")
    func stabilizer() throws {
        try expectSame([[3, 4, 11]]) {
            try $0[0].joinCandidates(temperature: 3)
        } plain: {
            let total = try $0[0].sum(axis: 1).reshape([3, 11, 1])
            let weights = try ($0[0].matmul(total) * (1 / 3)).softmax(axis: 1)
            return try weights.transpose(1, 2).matmul($0[0]).reshape([3, 11])
        }
    }

    @Test("values and gradients are the same bit for bit on one thread and on several")
    func threads() throws {
        func result() throws -> [[Float]] {
            let x = try Self.filled([[700, 11], [11, 19]])
            for tensor in x { try tensor.requireGradient() }
            let y = try x[0].dense(x[1], nil, .tanh)
            try (y * y).mean().backward()
            return try [y.floats()] + x.map { try $0.gradient()?.floats() ?? [] }
        }
        let before = LibTorch.threads
        defer { try? LibTorch.setThreads(before) }
        try LibTorch.setThreads(1)
        let alone = try result()
        try LibTorch.setThreads(3)
        for _ in 0..<20 { #expect(try result() == alone) }
    }

    @Test("shapes that do not fit and rows that are not there are errors that say so")
    func badInput() throws {
        let x = try Self.filled([[2, 1, 3], [2, 2], [2, 5], [3, 4], [2, 4], [4]])
        func refusal(_ body: () throws -> Tensor) -> String? {
            #expect(throws: TorchError.self, performing: body)?.description
        }
        let generated = Tensor.Generated(code: x[1], weightDecoder: x[2], weight: x[3], biasDecoder: x[4], bias: x[5])
        #expect(refusal { try x[0].dense(generated) }?.contains("do not fit") == true)
        #expect(refusal { try x[0].dense(x[1]) }?.contains("do not fit") == true)
        #expect(refusal { try x[0].attend(to: x[0], mask: x[1]) }?.contains("do not fit") == true)
        #expect(refusal { try x[0].attendCausally(keys: x[0], values: x[0], heads: 2) }?.contains("2 heads") == true)
        #expect(
            refusal { try x[1].gather(Tensor(indices: [2], shape: [1])) }?.contains("row 2 of a table of 2") == true
        )
    }
}

extension LayerTests {
    /// `tanh x = 2 · softmax([2x, 0])[0] - 1`, from operations that are LibTorch's own.
    private func tanh(_ x: Tensor) throws -> Tensor {
        let flat = try x.reshape([-1, 1]) * 2
        let pair = try Tensor.concatenate([flat, flat * 0], axis: 1).softmax(axis: 1)
        return try (pair.matmul(Tensor([2, 0], shape: [2, 1])) + Tensor([-1], shape: [1])).reshape(x.shape)
    }

    private static func filled(_ shapes: [[Int]]) throws -> [Tensor] {
        try shapes.enumerated().map { seed, shape in
            try Tensor((0..<shape.reduce(1, *)).map { sin(Float(seed) + Float($0 % 9973) * 1.7) * 0.7 }, shape: shape)
        }
    }

    /// Compares values, and the gradients of a weighted sum of them, between two forms of a function.
    private func expectSame(
        _ shapes: [[Int]],
        _ fused: ([Tensor]) throws -> Tensor,
        plain: ([Tensor]) throws -> Tensor,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        func run(_ body: ([Tensor]) throws -> Tensor) throws -> [[Float]] {
            let parameters = try Self.filled(shapes)
            for parameter in parameters { try parameter.requireGradient() }
            let result = try body(parameters)
            let weights = try Tensor((0..<result.shape.reduce(1, *)).map { cos(Float($0)) }, shape: result.shape)
            try (result * weights).mean().backward()
            return try [result.floats()] + parameters.map { try #require(try $0.gradient()).floats() }
        }
        for (index, (left, right)) in zip(try run(fused), try run(plain)).enumerated() {
            let difference = zip(left, right).map { abs($0 - $1) }.max() ?? .infinity
            #expect(left.count == right.count && difference < 1e-5, "part \(index)", sourceLocation: sourceLocation)
        }
    }
}
