import Foundation
import Testing
import Torch

@Suite("What training alone needs")
struct TrainingOnlyTests {
    /// Values from -2 to 2 that the seed alone decides.
    private func random(_ count: Int, seed: UInt64) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) * 0x1p-22 - 2
        }
    }

    /// Loss and gradient of the plain form, in double precision.
    private func reference(
        _ logits: [Float],
        rows: Int,
        targets: [Int],
        shift: [Float]
    ) -> (loss: Double, gradient: [Double]) {
        let n = logits.count / rows
        var (loss, gradient) = (0.0, [Double](repeating: 0, count: logits.count))
        for row in 0..<rows {
            let shifted = (0..<n).map { column in
                Double(logits[row * n + column]) + (column == targets[row] ? 0 : Double(shift[column]))
            }
            let sum = shifted.map { exp($0) }.reduce(0, +)
            loss -= log(exp(shifted[targets[row]]) / sum) / Double(rows)
            for column in 0..<n {
                gradient[row * n + column] =
                    (exp(shifted[column]) / sum - (column == targets[row] ? 1 : 0)) / Double(rows)
            }
        }
        return (loss, gradient)
    }

    @Test(
        "the softmax loss and its gradient are those of the formula, in place or not, with a shift or without",
        arguments: [false, true],
        [false, true]
    )
    func softmaxLoss(overwrites: Bool, shifted: Bool) throws {
        let (rows, n) = (5, 19)
        let targets = [0, 18, 7, 8, 16]
        let (users, items) = (random(rows * 4, seed: 1), random(4 * n, seed: 2))
        let shift = shifted ? random(n, seed: 3) : [Float](repeating: 0, count: n)
        let left = try Tensor(users, shape: [rows, 4])
        let right = try Tensor(items, shape: [4, n])
        try left.requireGradient()
        let logits = try left.matmul(right)
        let expected = reference(try logits.floats(), rows: rows, targets: targets, shift: shift)
        let loss = try logits.softmaxLoss(
            Tensor(indices: targets.map(Int64.init), shape: [rows]),
            shift: shifted ? Tensor(shift, shape: [n]) : nil,
            overwrites: overwrites
        )
        #expect(abs(Double(try loss.scalar()) - expected.loss) < 1e-5)
        try (loss * 3).backward()
        let gradient = try #require(try left.gradient()).floats()
        for row in 0..<rows {
            for place in 0..<4 {
                let own = (0..<n).reduce(0.0) {
                    $0 + 3 * expected.gradient[row * n + $1] * Double(items[place * n + $1])
                }
                #expect(abs(Double(gradient[row * 4 + place]) - own) < 1e-5)
            }
        }
    }

    @Test("large logits neither overflow nor lose the loss, and a logit that is not a number shows in it")
    func extremes() throws {
        let target = try Tensor(indices: [1], shape: [1])
        let large = try Tensor([1000, 990, -1000], shape: [1, 3]).softmaxLoss(target)
        #expect(abs(Double(try large.scalar()) - 10.0000454) < 1e-4)
        for place in 0..<3 {
            var values: [Float] = [1, 2, 3]
            values[place] = .nan
            #expect(try Tensor(values, shape: [1, 3]).softmaxLoss(target).scalar().isNaN)
        }
        #expect(throws: TorchError.self) {
            try Tensor([1, 2], shape: [1, 2]).softmaxLoss(Tensor(indices: [2], shape: [1]))
        }
    }

    @Test("a loss in place of logits that another operation still needs is an error, not a wrong gradient")
    func overwritten() throws {
        let x = try Tensor(random(6, seed: 4), shape: [2, 3])
        try x.requireGradient()
        let logits = try x.layerNorm(scale: Tensor([1, 1, 1], shape: [3]), bias: Tensor([0, 0, 0], shape: [3]))
        let squares = try logits * logits
        let loss = try logits.softmaxLoss(Tensor(indices: [0, 1], shape: [2]), overwrites: true) + squares.mean()
        #expect(throws: TorchError.self) { try loss.backward() }
    }

    @Test("positives weigh what they are said to weigh")
    func positiveWeight() throws {
        let (logits, labels): ([Float], [Float]) = ([0.3, -1.2, 2, 0.1], [1, 0, 0, 1])
        let expected = zip(logits, labels).reduce(0.0) { sum, pair in
            let p = 1 / (1 + exp(-Double(pair.0)))
            return sum - (pair.1 == 1 ? 0.4 * log(p) : log(1 - p)) / 4
        }
        let loss = try Tensor(logits, shape: [4]).binaryCrossEntropy(Tensor(labels, shape: [4]), positiveWeight: 0.4)
        #expect(abs(Double(try loss.scalar()) - expected) < 1e-6)
    }

    @Test("rows weigh in losses and gradients what they are said to weigh, in place or not", arguments: [false, true])
    func weights(overwrites: Bool) throws {
        let (rows, n) = (3, 7)
        let (values, targets, weights) = (random(rows * n, seed: 4), [6, 0, 2], [Float(0), 0.5, 3])
        let logits = try Tensor(values, shape: [rows, n])
        try logits.requireGradient()
        let doubled = try logits + logits
        let loss = try doubled.softmaxLoss(
            Tensor(indices: targets.map(Int64.init), shape: [rows]),
            weights: Tensor(weights, shape: [rows]),
            overwrites: overwrites
        )
        try (loss * 2).backward()
        let gradient = try #require(try logits.gradient()).floats()
        var expected = 0.0
        for row in 0..<rows {
            let x = (0..<n).map { 2 * Double(values[row * n + $0]) }
            let sum = x.reduce(0) { $0 + exp($1) }
            expected += Double(weights[row]) * (log(sum) - x[targets[row]]) / Double(rows)
            for column in 0..<n {
                let own = exp(x[column]) / sum - (column == targets[row] ? 1 : 0)
                let value = 4 * Double(weights[row]) * own / Double(rows)
                #expect(abs(Double(gradient[row * n + column]) - value) < 1e-5)
            }
        }
        #expect(abs(Double(try loss.scalar()) - expected) < 1e-5)
        #expect(throws: TorchError.self) {
            try doubled.softmaxLoss(Tensor(indices: [0, 0, 0], shape: [3]), weights: Tensor([1, 1], shape: [2]))
        }
    }

    @Test("pairs weigh what their row is said to weigh")
    func pairWeights() throws {
        let (logits, labels): ([Float], [Float]) = ([0.3, -1.2, 2, 0.1], [1, 0, 1, 0])
        let losses = zip(logits, labels).map { logit, label in
            -log(1 / (1 + exp(-Double(label == 1 ? logit : -logit))))
        }
        let expected = (0.25 * (losses[0] + losses[1]) + 2 * (losses[2] + losses[3])) / 4
        let loss = try Tensor(logits, shape: [2, 2]).binaryCrossEntropy(
            Tensor(labels, shape: [2, 2]),
            weights: Tensor([0.25, 2], shape: [2, 1])
        )
        #expect(abs(Double(try loss.scalar()) - expected) < 1e-6)
    }

    @Test("dropout takes its share, scales the rest, and passes gradients where it passed values")
    func dropout() throws {
        let count = 40_000
        let x = try Tensor([Float](repeating: 1, count: count), shape: [count])
        try x.requireGradient()
        let kept = try x.dropout(rate: 0.3, seed: 9)
        let values = try kept.floats()
        let zeros = values.count { $0 == 0 }
        // Five standard deviations of a binomial distribution.
        #expect(abs(Double(zeros) - 0.3 * Double(count)) < 5 * (0.21 * Double(count)).squareRoot())
        #expect(values.allSatisfy { $0 == 0 || abs($0 - 1 / 0.7) < 1e-6 })
        try kept.sum(axis: 0).backward()
        #expect(try #require(try x.gradient()).floats() == values)
    }

    @Test("which elements dropout takes follows from the seed, not from the number of threads")
    func dropoutIsSeeded() throws {
        let threads = LibTorch.threads
        defer { try? LibTorch.setThreads(threads) }
        func taken(_ seed: UInt64, threads: Int) throws -> [Float] {
            try LibTorch.setThreads(threads)
            return try Tensor([Float](repeating: 1, count: 100_000), shape: [100_000]).dropout(rate: 0.5, seed: seed)
                .floats()
        }
        let one = try taken(1, threads: 1)
        #expect(try taken(1, threads: 2) == one)
        let other = try taken(2, threads: 1)
        let equal = zip(one, other).count { $0 == $1 }
        #expect(abs(equal - 50_000) < 1000, "masks of two seeds are independent")
    }

    @Test("weight decay shrinks matrices by its share of the step, and leaves vectors alone")
    func weightDecay() throws {
        let matrix = try Tensor([2, -4, 6, 8], shape: [2, 2])
        let vector = try Tensor([2, -4], shape: [2])
        for tensor in [matrix, vector] { try tensor.requireGradient() }
        let optimizer = try Adam([matrix, vector], learningRate: 0.1, weightDecay: 0.5)
        // Gradients of zero: Adam itself does not move.
        try (matrix.sum(axis: 0).sum(axis: 0) * 0 + vector.sum(axis: 0) * 0).backward()
        _ = try optimizer.takeStep()
        #expect(zip(try matrix.floats(), [1.9, -3.8, 5.7, 7.6]).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(try vector.floats() == [2, -4])
    }
}
