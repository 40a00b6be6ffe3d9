import MetaNetwork

/// The four weights of an attention layer as two dense layers, one before and one behind the softmax.
///
/// `(q·Q + c)·(x·K)ᵀ/√w = (q·(Q·Kᵀ/√w) + c·Kᵀ/√w)·xᵀ` and `((Σ α x)·V)·O = (Σ α x)·(V·O)`, head by head, with w the width of a
/// head: the products of weights do not depend on any input.
final class MergedAttention {
    /// From the query to one row for each head that is compared with the samples themselves.
    let queryMatrix: PackedMatrix
    let queryWeight: [Float]
    let queryBias: [Float]
    /// From each head's mean of the samples to the result.
    let resultMatrix: PackedMatrix
    let resultWeight: [Float]
    let resultBias: [Float]

    /// Width of the query and the result.
    var width: Int { queryMatrix.rows }

    /// Merges the weights of a node.
    ///
    /// - Parameter values: The values of the tensor with a role.
    init(
        _ node: ModelGraph.ResolvedNode,
        heads: Int,
        memoryWidth: Int,
        values: (ParameterName.Role) throws(DeviceModelError) -> [Float]
    ) throws(DeviceModelError) {
        let (width, headWidth) = (node.width, node.width / heads)
        queryMatrix = PackedMatrix(rows: width, columns: memoryWidth, columnSegments: heads)
        resultMatrix = PackedMatrix(rows: memoryWidth, columns: width, rowSegments: heads)
        let (query, key) = try (values(.queryWeight), values(.keyWeight))
        let scale = 1 / Double(headWidth).squareRoot()
        /// A row of the query's weight or its bias, carried through the key's weight of a head.
        func carried(_ row: ArraySlice<Float>, _ memory: Int) -> Float {
            let keys = key[(memory * width)...].prefix(width)
            var sum = 0.0
            for (q, k) in zip(row, keys.dropFirst(row.startIndex % width)) { sum += Double(q) * Double(k) }
            return Float(sum * scale)
        }
        func carry(_ rows: [Float], count: Int) -> [Float] {
            (0..<count).flatMap { row in
                (0..<heads).flatMap { head in
                    let start = row * width + head * headWidth
                    return (0..<memoryWidth).map { carried(rows[start..<start + headWidth], $0) }
                }
            }
        }
        queryWeight = carry(query, count: width)
        queryBias = carry(try values(.queryBias), count: 1)
        resultWeight = Self.product(
            try values(.valueWeight),
            try values(.outputWeight),
            heads: heads,
            memoryWidth: memoryWidth,
            width: width
        )
        resultBias = try values(.outputBias)
    }

    /// V_h·O_h of all heads, one under the other: [heads · memoryWidth, width].
    private static func product(
        _ value: [Float],
        _ output: [Float],
        heads: Int,
        memoryWidth: Int,
        width: Int
    ) -> [Float] {
        let headWidth = width / heads
        return (0..<heads).flatMap { head in
            (0..<memoryWidth).flatMap { memory in
                var row = [Double](repeating: 0, count: width)
                for inner in head * headWidth..<(head + 1) * headWidth {
                    let factor = Double(value[memory * width + inner])
                    for column in 0..<width { row[column] += factor * Double(output[inner * width + column]) }
                }
                return row.map { Float($0) }
            }
        }
    }
}

/// The same two layers read from the other side: what the samples make of themselves before a candidate comes.
extension MergedAttention {
    private var heads: Int { queryMatrix.columnSegments }
    private var memoryWidth: Int { queryMatrix.columns }

    /// From a sample to what the query is compared with, for each head, and behind it the query bias's part of the score.
    var keyMatrix: PackedMatrix { PackedMatrix(rows: memoryWidth, columns: width + 1, columnSegments: heads) }

    var keyWeight: [Float] {
        (0..<memoryWidth).flatMap { memory in
            (0..<heads).flatMap { head in
                let column = head * memoryWidth + memory
                return (0..<width).map { queryWeight[$0 * heads * memoryWidth + column] } + [queryBias[column]]
            }
        }
    }

    var keyBias: [Float] { [Float](repeating: 0, count: heads * (width + 1)) }

    /// From a sample to its part of the result, for each head.
    var valueMatrix: PackedMatrix { PackedMatrix(rows: memoryWidth, columns: width, columnSegments: heads) }

    var valueWeight: [Float] {
        (0..<memoryWidth).flatMap { memory in
            (0..<heads).flatMap { head in
                resultWeight[((head * memoryWidth + memory) * width)...].prefix(width)
            }
        }
    }

    /// The shares of a head add up to 1, so that the result's bias is that of one head's rows.
    var valueBias: [Float] { resultBias + [Float](repeating: 0, count: (heads - 1) * width) }
}
