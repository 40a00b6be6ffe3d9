import Foundation
import Testing
import Torch

@Suite("Torch wraps LibTorch", .serialized)
struct TensorTests {
    @Test("a shape that does not fit becomes a Swift error with LibTorch's message")
    func errors() throws {
        let a = try Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
        let error = #expect(throws: TorchError.self) { try a.matmul(a) }
        #expect(error?.description.contains("cannot be multiplied") == true)
        #expect(throws: TorchError.self) { try Tensor([1, 2], shape: [3]) }
        #expect(throws: TorchError.self) { try a.scalar() }
        #expect(throws: TorchError.self) { try a.assign([1]) }
        let indices = try Tensor(indices: [7], shape: [1])
        #expect(throws: TorchError.self) { try a.rows(indices) }
    }

    @Test("products, sums and softmax agree with arithmetic done by hand")
    func arithmetic() throws {
        let a = try Tensor([1, 2, 3, 4], shape: [2, 2])
        let bias = try Tensor([10, 20], shape: [2])
        #expect(try a.matmul(a).floats() == [7, 10, 15, 22])
        #expect(try a.dense(a, bias).floats() == [17, 30, 25, 42])
        #expect(try a.sum(axis: 0).floats() == [4, 6])
        #expect(try a.transpose(0, 1).floats() == [1, 3, 2, 4])
        #expect(try Tensor.concatenate([a, a], axis: 1).shape == [2, 4])
        let softmax = try Tensor([0, 0, 0, Float(log(3.0))], shape: [2, 2]).softmax(axis: 1).floats()
        #expect(zip(softmax, [0.5, 0.5, 0.25, 0.75] as [Float]).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test("Adam's first step moves every number by the learning rate, against the gradient's sign")
    func adam() throws {
        let x = try Tensor([1, -2], shape: [2])
        try x.requireGradient()
        let optimizer = try Adam([x], learningRate: 0.1, clipNorm: 1e9)
        try (x * x).mean().backward()
        let norm = try optimizer.takeStep()
        #expect(abs(norm - 5.0.squareRoot()) < 1e-6)
        let moved = try x.floats()
        #expect(abs(moved[0] - 0.9) < 1e-5 && abs(moved[1] + 1.9) < 1e-5)
        #expect(try x.gradient() == nil)
    }

    @Test("with a sparse gradient the rows that were read move as with a dense one, and no other row or moment moves")
    func adamSparse() throws {
        func table() throws -> Tensor {
            let table = try Tensor((0..<12).map { Float($0) / 10 }, shape: [6, 2])
            try table.requireGradient()
            return table
        }
        let (sparse, dense) = (try table(), try table())
        let optimizers = (try Adam([sparse], learningRate: 0.1), try Adam([dense], learningRate: 0.1))
        // Row 0 is padding, row 5 is never read; two reads add up as the device model's and the generator's do.
        for read in [[1, 2, 0, 1], [1, 2, 3]] as [[Int64]] {
            for (table, optimizer, isSparse) in [(sparse, optimizers.0, true), (dense, optimizers.1, false)] {
                let indices = try Tensor(indices: read, shape: [read.count])
                let x = try table.embedding(indices, hasPadding: true, isSparse: isSparse)
                let y = try table.embedding(indices, hasPadding: true, isSparse: isSparse)
                try (x * x + y).sum(axis: 1).mean().backward()
                #expect(try optimizer.takeStep() > 0)
            }
        }
        let (found, expected) = (try sparse.floats(), try dense.floats())
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(found[..<2] == [0, 0.1] && Array(found[8...]) == [0.8, 0.9, 1, 1.1])
        // A third step that reads row 3 alone: with a dense gradient rows 1 and 2 would coast on.
        let moments = try optimizers.0.firstMoments[0].floats()
        try sparse.embedding(Tensor(indices: [3], shape: [1]), hasPadding: true, isSparse: true).mean().backward()
        _ = try optimizers.0.takeStep()
        let after = try sparse.floats()
        #expect(after[..<6] == found[..<6] && after[6] != found[6] && after[8...] == found[8...])
        #expect(try optimizers.0.firstMoments[0].floats()[..<6] == moments[..<6])
    }

    @Test("a step with a gradient that is not a number changes nothing")
    func adamNotFinite() throws {
        let x = try Tensor([1, .infinity], shape: [2])
        try x.requireGradient()
        let optimizer = try Adam([x])
        try (x * x).mean().backward()
        #expect(try optimizer.takeStep().isFinite == false)
        #expect(try x.floats() == [1, .infinity])
        #expect(optimizer.step == 0)
    }

    @Test(
        "10,000 steps of training leave the resident size where it was after 500",
        .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status"), "run it on Linux, which has /proc")
    )
    func noLeak() throws {
        func residentKilobytes() throws -> Int {
            let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            return try #require(Int(line.split(whereSeparator: { !$0.isNumber })[0]))
        }
        let weight = try Tensor([Float](repeating: 0.01, count: 64 * 64), shape: [64, 64])
        try weight.requireGradient()
        let optimizer = try Adam([weight])
        func steps(_ count: Int) throws {
            for step in 0..<count {
                let x = try Tensor([Float](repeating: Float(step % 7), count: 128 * 64), shape: [128, 64])
                try x.dense(weight, nil, .tanh).mean().backward()
                _ = try optimizer.takeStep()
                _ = try? x.matmul(x)  // an error must not leak either
            }
        }
        try steps(500)
        let before = try residentKilobytes()
        try steps(9500)
        let growth = try residentKilobytes() - before
        print("resident size: \(before) kB after 500 steps, \(growth) kB more after 10,000")
        // A leaked activation of each step would be 9,500 × 32 kB = 297 MB.
        #expect(growth < 8192)
    }
}
