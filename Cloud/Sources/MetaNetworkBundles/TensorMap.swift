import MetaNetwork

/// How the tensors of a model are made of those of a file that other software wrote: an entry for each, by its name here.
///
/// ```json
/// {
///   "items.embedding": "item_emb.weight",
///   "user.weight": {"from": "head.weight", "transpose": true},
///   "norm.scale": {"from": "qkv.weight", "rows": [0, 64], "transpose": true, "scale": 8}
/// }
/// ```
///
/// An entry's steps are taken in the order of ``Term``'s members. A tensor without an entry is the file's of the same name.
package struct TensorMap: Decodable, Sendable {
    private var entries: [String: Term]

    /// A tensor of the file, changed.
    package struct Term: Sendable {
        /// Its name in the file. Dimensions of size 1 behind the second are dropped, as those of a convolution over one step.
        var from: String
        /// The rows to take, from the first to before the second; all where it is `nil`.
        var rows: Range<Int>?
        /// Whether the last row comes first.
        var reverse: Bool
        /// Whether rows become columns.
        var transpose: Bool
        /// What every value is multiplied by.
        var scale: Float
        /// What it is multiplied by from the right, as matrices.
        var times: [Term]
        /// What is added.
        var plus: [Term]
    }

    /// A map that takes every tensor by its own name.
    package init() { entries = [:] }

    package init(from decoder: any Decoder) throws {
        entries = try decoder.singleValueContainer().decode([String: Term].self)
    }

    /// The tensors of a model.
    ///
    /// - Parameters:
    ///   - parameters: What the model needs.
    ///   - source: The tensors of the file.
    /// - Returns: The tensors, and the names of those that none is made of.
    /// - Throws: ``TensorMapError``, which names the tensor.
    package func tensors(
        for parameters: [ModelGraph.Parameter],
        of source: Weights
    ) throws -> (weights: Weights, unused: [String]) {
        let names = Set(parameters.map(\.name))
        if let other = entries.keys.sorted().first(where: { !names.contains($0) }) {
            throw TensorMapError("the map has '\(other)', and the architecture has no such tensor; take the entry out")
        }
        var (weights, used) = (Weights(), Set<String>())
        for parameter in parameters {
            let term = entries[parameter.name] ?? Term(named: parameter.name)
            used.formUnion(term.names)
            let tensor = try term.value(source, for: parameter.name)
            guard tensor.shape == parameter.shape else {
                throw TensorMapError(
                    "'\(parameter.name)' has shape \(tensor.shape) as made of '\(term.from)', and the architecture needs \(parameter.shape); "
                        + "see transpose and rows in the map"
                )
            }
            weights[parameter.name] = tensor
        }
        return (weights, source.names.filter { !used.contains($0) })
    }
}

/// Which tensor cannot be made, and why.
package struct TensorMapError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

extension TensorMap.Term: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case from, rows, reverse, transpose, scale, times, plus
    }

    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }

    init(named name: String) {
        (from, rows, reverse, transpose, scale, times, plus) = (name, nil, false, false, 1, [], [])
    }

    package init(from decoder: any Decoder) throws {
        if let name = try? decoder.singleValueContainer().decode(String.self) {
            self.init(named: name)
            return
        }
        let known = Key.allCases.map(\.rawValue)
        if let other = try decoder.container(keyedBy: AnyKey.self).allKeys.first(where: {
            !known.contains($0.stringValue)
        }) {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription:
                        "an entry has no '\(other.stringValue)'; it may have \(known.joined(separator: ", "))"
                )
            )
        }
        let members = try decoder.container(keyedBy: Key.self)
        self.init(named: try members.decode(String.self, forKey: .from))
        if let rows = try members.decodeIfPresent([Int].self, forKey: .rows) {
            guard rows.count == 2, 0 <= rows[0], rows[0] < rows[1] else {
                throw DecodingError.dataCorruptedError(
                    forKey: .rows,
                    in: members,
                    debugDescription: "rows are two numbers, the first row and the one behind the last"
                )
            }
            self.rows = rows[0]..<rows[1]
        }
        reverse = try members.decodeIfPresent(Bool.self, forKey: .reverse) == true
        transpose = try members.decodeIfPresent(Bool.self, forKey: .transpose) == true
        if let scale = try members.decodeIfPresent(Float.self, forKey: .scale) { self.scale = scale }
        if let times = try members.decodeIfPresent([Self].self, forKey: .times) { self.times = times }
        if let plus = try members.decodeIfPresent([Self].self, forKey: .plus) { self.plus = plus }
    }
}

extension TensorMap.Term {
    /// The tensors that it is made of.
    fileprivate var names: Set<String> { (times + plus).reduce([from]) { $0.union($1.names) } }

    /// - Parameter name: What is to be made, for messages.
    fileprivate func value(_ source: Weights, for name: String) throws -> WeightTensor {
        guard let tensor = source[from] else {
            let some = source.names.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
            throw TensorMapError(
                "'\(name)' is to be made of '\(from)', and the file has no such tensor; it has \(some)"
                    + (source.names.count > 8 ? " and \(source.names.count - 8) more" : "")
            )
        }
        var matrix = try Matrix(tensor, from, name)
        if let rows { matrix = try matrix.taking(rows, name) }
        if reverse { matrix.reverse() }
        if transpose { matrix = try matrix.transposed(name) }
        for index in matrix.values.indices { matrix.values[index] *= scale }
        for factor in times {
            matrix = try matrix.times(Matrix(factor.value(source, for: name), factor.from, name), name)
        }
        for term in plus { try matrix.add(Matrix(term.value(source, for: name), term.from, name), name) }
        return try matrix.tensor
    }
}

/// A vector or matrix on its way through the steps of a term.
private struct Matrix {
    /// `nil` for a vector, which is one row.
    var rows: Int?
    var columns: Int
    var values: [Float]
    let source: String

    init(_ tensor: WeightTensor, _ source: String, _ name: String) throws {
        var shape = tensor.shape
        while shape.count > 2, shape.last == 1 { shape.removeLast() }
        guard shape.count == 1 || shape.count == 2 else {
            throw TensorMapError(
                "'\(name)' is to be made of '\(source)' of shape \(tensor.shape); vectors and matrices alone are read"
            )
        }
        guard !tensor.values.isEmpty else {
            throw TensorMapError("'\(name)' is to be made of '\(source)' of shape \(tensor.shape), which is empty")
        }
        (rows, columns, values) = (shape.count == 2 ? shape[0] : nil, shape[shape.count - 1], tensor.values)
        self.source = source
    }

    var shape: [Int] { (rows.map { [$0] } ?? []) + [columns] }

    var tensor: WeightTensor {
        get throws { try WeightTensor(shape: shape, values: values) }
    }

    /// Rows of a matrix, or elements of a vector.
    func taking(_ range: Range<Int>, _ name: String) throws -> Matrix {
        let (count, each) = (rows ?? columns, rows == nil ? 1 : columns)
        guard range.upperBound <= count else {
            throw TensorMapError("'\(name)' is to be made of rows \(range) of '\(source)', which has \(count)")
        }
        var result = self
        result.values = Array(values[range.lowerBound * each..<range.upperBound * each])
        if rows == nil { result.columns = range.count } else { result.rows = range.count }
        return result
    }

    mutating func reverse() {
        let each = rows == nil ? 1 : columns
        values = stride(from: values.count - each, through: 0, by: -each).flatMap { values[$0..<$0 + each] }
    }

    func transposed(_ name: String) throws -> Matrix {
        guard let rows else {
            throw TensorMapError("'\(name)': '\(source)' is a vector, which has no columns to be made rows")
        }
        var result = self
        (result.rows, result.columns) = (columns, rows)
        for row in 0..<rows {
            for column in 0..<columns { result.values[column * rows + row] = values[row * columns + column] }
        }
        return result
    }

    /// The product; a vector is a row.
    func times(_ other: Matrix, _ name: String) throws -> Matrix {
        guard let inner = other.rows, inner == columns else {
            throw TensorMapError(
                "'\(name)': '\(source)' of shape \(shape) cannot be multiplied by '\(other.source)' of shape \(other.shape)"
            )
        }
        var result = self
        result.columns = other.columns
        let count = rows ?? 1
        result.values = [Float](repeating: 0, count: count * other.columns)
        for row in 0..<count {
            for place in 0..<inner {
                let factor = values[row * columns + place]
                for column in 0..<other.columns {
                    result.values[row * other.columns + column] += factor * other.values[place * other.columns + column]
                }
            }
        }
        return result
    }

    mutating func add(_ other: Matrix, _ name: String) throws {
        guard other.shape == shape else {
            throw TensorMapError(
                "'\(name)': '\(source)' of shape \(shape) and '\(other.source)' of shape \(other.shape) cannot be added"
            )
        }
        for index in values.indices { values[index] += other.values[index] }
    }
}
