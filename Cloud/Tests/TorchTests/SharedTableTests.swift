import Foundation
import TestRanks
import Testing

@testable import Torch

@Suite("A table that ranks divide", .serialized)
struct SharedTableTests {
    /// Rows of the tables: blocks are of 3 or 4 rows.
    private static let rows = 200

    /// What the row of a number has at its owner after `turns` changes.
    private static func value(_ row: Int, _ turns: Int = 0) -> [Float] { [Float(row), Float(1000 * turns)] }

    private static func table() throws -> Tensor { try Tensor((0..<rows).flatMap { value($0) }, shape: [rows, 2]) }

    /// The owner of a row by its definition.
    private static func owner(_ row: Int, among size: Int) -> Int { row % 64 % size }

    private static func indices(_ rows: [Int]) throws -> Tensor {
        try Tensor(indices: rows.map(Int64.init), shape: [rows.count])
    }

    /// A table whose own rows were changed, as a step does.
    private static func changed(on ranks: any RankGroup) throws -> (tensor: Tensor, shared: SharedTable) {
        let tensor = try table()
        let own = (0..<rows).filter { owner($0, among: ranks.size) == ranks.rank }
        try tensor.put(rows: indices(own), Tensor(own.flatMap { value($0, 1) }, shape: [own.count, 2]))
        return (tensor, SharedTable(tensor, among: ranks))
    }

    @Test("every row is one rank's, whatever their number, and beyond 64 some have none")
    func shares() {
        for size in [1, 2, 3, 64, 70] {
            let own = (0..<size).map { RowShare(of: $0, among: size).own }
            #expect(own.flatMap { $0 }.sorted() == Array(0..<64))
            for (rank, blocks) in own.enumerated() {
                #expect(blocks.allSatisfy { Self.owner($0, among: size) == rank })
                #expect(blocks.isEmpty == (rank >= 64))
            }
        }
        #expect(RowShare.length(ofBlockOf: 200) == 4 && RowShare.length(ofBlockOf: 64) == 1)
    }

    @Test("has the owners' rows where a rank asked for them, and others once all are brought", arguments: [1, 2, 3])
    func fetched(_ size: Int) throws {
        let all = try RankThreads.results(of: size) { ranks in
            let (tensor, shared) = try Self.changed(on: ranks)
            // The last rank asks for nothing; the others for rows of each block, some of them twice.
            let read = ranks.rank == size - 1 && size > 1 ? [] : [Array(0..<70), [150, 3, 199, 150]]
            try shared.fetch(read.map { try Self.indices($0) })
            let found = try tensor.rows()
            try shared.complete()
            return (ranks.rank, Set(read.flatMap { $0 }), found, try tensor.rows())
        }
        for result in all {
            let (rank, read, found, complete) = try result.get()
            for row in 0..<Self.rows {
                let isNew = read.contains(row) || Self.owner(row, among: size) == rank
                #expect(found[row] == Self.value(row, isNew ? 1 : 0), "row \(row) on rank \(rank) of \(size)")
            }
            #expect(complete == (0..<Self.rows).map { Self.value($0, 1) })
        }
    }

    @Test("hands each gradient's rows to their owners, in the order in which they were given", arguments: [1, 2, 3])
    func delivered(_ size: Int) throws {
        // Rank r has r + 1 gradients, the first of which is of no row.
        let all = try RankThreads.results(of: size) { ranks in
            let table = try Self.table()
            try table.requireGradient()
            let gradients = try (0...ranks.rank).map { number in
                if number > 0 {
                    let read = try Self.indices([5, 190, 5 + number, ranks.rank])
                    let factor = Double(ranks.rank * 10 + number)
                    let rows = try table.embedding(read, hasPadding: true, isSparse: true) * factor
                    try rows.sum(axis: 0).sum(axis: 0).backward()
                }
                return try RowGradient(takenFrom: table)
            }
            let counts = (0..<size).map { $0 + 1 }
            let found = try SharedTable(table, among: ranks).deliver(gradients, of: counts)
            return try found.map { try $0.map { (try $0.rows.indices(), try $0.values.floats()) } }
        }
        for (owner, result) in all.enumerated() {
            let found = try result.get()
            #expect(found.map(\.count) == (0..<size).map { $0 + 1 })
            for (rank, gradients) in found.enumerated() {
                for (number, (rows, values)) in gradients.enumerated() {
                    // Row 0 is padding.
                    let read = number == 0 ? [] : [5, 190, 5 + number, rank].filter { $0 > 0 }
                    let expected = Set(read).filter { Self.owner($0, among: size) == owner }.sorted()
                    #expect(rows == expected)
                    let factor = Float(rank * 10 + number)
                    let times = expected.map { row in Float(read.count { $0 == row }) }
                    #expect(values == times.flatMap { [factor * $0, factor * $0] })
                }
            }
        }
    }

    @Test(
        "what ranks keep of own rows comes together at the first one, and is dealt to any number",
        arguments: [(1, 4), (2, 1), (3, 3), (5, 2)]
    )
    func collected(_ size: Int, _ length: Int) throws {
        let all = try RankThreads.results(of: size) { ranks in
            let table = try Self.table()
            let shared = SharedTable(table, among: ranks)
            let rows = RowShare(of: ranks.rank, among: ranks.size).own.count * RowShare.length(ofBlockOf: table.size(0))
            let own = try Tensor([Float](repeating: -1, count: rows * 2), shape: [rows, 2])
            for start in stride(from: 0, to: table.size(0), by: length * RowShare.blocks) {
                let end = min(start + length * RowShare.blocks, table.size(0))
                try shared.put(table.narrowed(axis: 0, start..<end), from: start, to: own)
            }
            var found: [[Float]] = []
            try shared.collect(own, by: length) { found.append(try $0.floats()) }
            return (try own.floats().contains(-1), found)
        }
        let expected = try Self.table().floats()
        for (rank, result) in all.enumerated() {
            let (isPartial, parts) = try result.get()
            #expect(!isPartial && parts.flatMap { $0 } == (rank == 0 ? expected : []))
            #expect(parts.allSatisfy { $0.count <= length * RowShare.blocks * 2 })
        }
    }
}

@Suite("Gradients of rows")
struct RowGradientTests {
    private func gradient(_ rows: [Int64], _ values: [Float]) throws -> RowGradient {
        RowGradient(
            rows: try Tensor(indices: rows, shape: [rows.count]),
            values: try Tensor(values, shape: [rows.count, values.count / rows.count])
        )
    }

    @Test("are added row by row, and their squares block by block")
    func added() throws {
        let a = try gradient([1, 64, 65], [1, 2, 3, 4, 5, 6])
        let b = try gradient([0, 64, 200], [10, 20, 30, 40, 50, 60])
        let sum = try (a + b) * 0.5
        #expect(try sum.rows.indices() == [0, 1, 64, 65, 200])
        #expect(try sum.values.floats() == [5, 10, 0.5, 1, 16.5, 22, 2.5, 3, 25, 30])
        let squares = try sum.squares()
        #expect(squares[0] == 125 + 16.5 * 16.5 + 22 * 22 && squares[1] == 1.25 + 2.5 * 2.5 + 9 && squares[8] == 1525)
        #expect(squares.reduce(0, +) == squares[0] + squares[1] + squares[8])
    }

    @Test("of a table without a gradient are none, and a dense gradient is refused")
    func taken() throws {
        let table = try Tensor([1, 2, 3, 4], shape: [2, 2])
        try table.requireGradient()
        let none = try RowGradient(takenFrom: table)
        #expect(none.rows.shape == [0] && none.values.shape == [0, 2])
        let some = try gradient([1], [5, 6])
        #expect(try (none + some).values.floats() == [5, 6] && (some + none).rows.indices() == [1])
        try (table * table).mean().backward()
        let error = #expect(throws: TorchError.self) { try RowGradient(takenFrom: table) }
        #expect(error?.description.contains("sparse") == true)
    }

    /// A table and a tensor of the same width, with a sparse and a dense gradient.
    private struct Pair {
        static let rows = 150
        let table: Tensor
        let dense: Tensor

        init(width: Int) throws {
            table = try Tensor((0..<width * Self.rows).map { Float($0 % 7) / 10 }, shape: [Self.rows, width])
            dense = try Tensor((0..<width).map { Float($0 + 1) }, shape: [width])
            for parameter in [table, dense] { try parameter.requireGradient() }
        }

        func loss(_ read: [Int64]) throws -> Tensor {
            let x = try table.embedding(Tensor(indices: read, shape: [read.count]), hasPadding: true, isSparse: true)
            return try (x * x + x * dense).sum(axis: 1).mean()
        }

        /// The clipping norm is small, so that it counts.
        func optimizer(_ shares: [Int: RowShare] = [:]) throws -> Adam {
            try Adam([table, dense], learningRate: 0.1, weightDecay: 0.1, clipNorm: 0.5, shares: shares)
        }
    }

    /// Three steps of some processes, and what the owner of each row has of it then, its second moments too.
    private func divided(
        _ size: Int,
        width: Int
    ) throws -> (rows: [[Float]], squares: [[Float]], dense: [Float], moments: Int) {
        let pairs = try (0..<size).map { _ in try Pair(width: width) }
        let optimizers = try (0..<size).map { try pairs[$0].optimizer([0: RowShare(of: $0, among: size)]) }
        func current() throws -> [[Float]] {
            let all = try pairs.map { try $0.table.rows() }
            return (0..<Pair.rows).map { all[$0 % 64 % size][$0] }
        }
        for read in Self.reads {
            // All have the others' rows before a step, as ranks fetch them.
            let rows = try current()
            for pair in pairs {
                try pair.table.assign(rows.flatMap { $0 })
                try pair.loss(read).backward()
            }
            for (rank, (pair, optimizer)) in zip(pairs, optimizers).enumerated() {
                let gradient = try RowGradient(takenFrom: pair.table)
                let squares = try gradient.squares().reduce(0, +)
                #expect(try optimizer.takeStep(along: [0: gradient.parts(among: size)[rank]], squares: squares) > 0.5)
            }
        }
        let moments = optimizers.reduce(0) { $0 + $1.firstMoments[0].size(0) }
        let own = try optimizers.map { try $0.secondMoments[0].size(0) == 0 ? [] : $0.secondMoments[0].rows() }
        let squares = (0..<Pair.rows).map { row in own[row % 64 % size][row % 64 / size * 3 + row / 64] }
        return (try current(), squares, try pairs[size - 1].dense.floats(), moments)
    }

    private static let reads: [[Int64]] = [[1, 2, 0, 149, 1], [64, 65, 1, 130, 7, 9, 11, 12], [2, 149]]

    @Test("change the rows as a whole sparse gradient does, to the bit whoever has them", arguments: [3, 10, 16, 20])
    func adam(_ width: Int) throws {
        let one = try divided(1, width: width)
        for size in [2, 3, 5, 70] {
            let found = try divided(size, width: width)
            #expect(found.rows == one.rows && found.dense == one.dense, "\(size) of width \(width)")
            // The last bits of these differ first.
            #expect(found.squares == one.squares, "\(size) of width \(width)")
            #expect(found.moments == 64 * 3, "each has the moments of its own rows alone")
        }
        let plain = try Pair(width: width)
        let optimizer = try plain.optimizer()
        for read in Self.reads {
            try plain.loss(read).backward()
            _ = try optimizer.takeStep()
        }
        #expect(try zip(one.rows.joined(), plain.table.floats()).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(try zip(one.dense, plain.dense.floats()).allSatisfy { abs($0 - $1) < 1e-6 })
    }
}
