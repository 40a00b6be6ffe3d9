import MetaNetwork

/// A dense layer over joined values is a sum, `[a, b]·W = a·W_a + b·W_b` with W_a the rows of W that a meets, and the joined value is
/// never formed. What depends on the history alone is added once a call; what depends on the item and static weights alone is a row
/// of a table; and a weighted mean of rows goes through W_a row by row where that is less work, `(Σ α r)·W_a = Σ α (r·W_a)`.
extension PlanCompiler {
    /// A value that nobody has needed as a whole.
    enum Unformed {
        /// Values side by side.
        case joined([Int])
        /// What an attention layer finds for each candidate.
        case mixture(Mixture)
    }

    /// A summand.
    private struct Product {
        let domain: Domain
        let x: Operand
        let inputs: RowCount
        /// The rows of W that x meets.
        let weight: Operand
    }

    /// Maximum size of a table of summands in bytes: enough for 32,000 items and 128 units.
    private static let tableLimit = 16 << 20

    /// A dense layer over a candidate's value, as a sum.
    mutating func sum(_ layer: Layer, _ activation: Architecture.Activation, over input: Int) throws(DeviceModelError)
        -> Value
    {
        let products = try products(of: input, layer, firstRow: 0)
        var start = layer.bias
        for product in products where product.domain == .user { start = add(product, to: start, layer) }
        let items = products.filter { $0.domain == .item }
        if !items.isEmpty {
            var row = zeros(layer.matrix.rowLanes)
            for product in items { row = add(product, to: row, layer) }
            var value = Value(domain: .item, lanes: layer.matrix.rowLanes, operand: row)
            let (tabled, others) = try (operand(&value, for: .candidate), start)
            start = append(.candidate, value.lanes) { .add(x: tabled, y: others, lanes: $1, out: $0) }.operand
        }
        let rest = products.filter { $0.domain == .candidate }
        for product in rest.dropLast() { start = add(product, to: start, layer) }
        // With nothing left to multiply there still is the activation.
        let last = rest.last ?? Product(domain: .candidate, x: start, inputs: .fixed(0), weight: layer.weight)
        let sum = add(last, to: start, layer, activation)
        return Value(domain: .candidate, lanes: layer.matrix.rowLanes, operand: sum)
    }

    @inline(never)
    private mutating func add(
        _ product: Product,
        to start: Operand,
        _ layer: Layer,
        _ activation: Architecture.Activation = .identity
    ) -> Operand {
        append(product.domain, layer.matrix.rowLanes) { out, lanes in
            .dense(
                x: product.x,
                inputs: product.inputs,
                weight: product.weight,
                bias: start,
                outputs: lanes,
                activation,
                out: out
            )
        }.operand
    }

    private mutating func products(
        of input: Int,
        _ layer: Layer,
        firstRow: Int
    ) throws(DeviceModelError) -> [Product] {
        let value = try value(input)
        switch value.unformed {
        case .joined(let inputs):
            var (row, result) = (firstRow, [Product]())
            for input in inputs {
                result += try products(of: input, layer, firstRow: row)
                row += try width(input)
            }
            return result
        case .mixture(let mixture): return [product(of: mixture, layer, firstRow: firstRow)]
        case nil:
            let isTabled = value.domain == .item && canBeTabled(layer)
            let domain = value.domain == .item && !isTabled ? .candidate : value.domain
            let (x, weight) = try (operand(input, for: domain), layer.rows(from: firstRow))
            return [Product(domain: domain, x: x, inputs: .fixed(try width(input)), weight: weight)]
        }
    }

    private func canBeTabled(_ layer: Layer) -> Bool {
        let bytes = (graph.itemCount + 1) * layer.matrix.rowLanes * MemoryLayout<Lanes>.size
        return layer.weight.owner == .plan && bytes <= Self.tableLimit
    }

    private mutating func product(of mixture: Mixture, _ layer: Layer, firstRow: Int) -> Product {
        let (rows, width, units) = (graph.window * mixture.heads, mixture.width, layer.matrix.columns)
        let weight = layer.rows(from: firstRow)
        guard rows * units < rows * width + width * units else {
            return Product(domain: .candidate, x: formed(mixture), inputs: .fixed(width), weight: weight)
        }
        let (start, lanes) = (zeros(layer.matrix.rowLanes), layer.matrix.rowLanes)
        let carried = reserveOnDevice(rows: rows, lanes)
        let out = Operand(owner: .device, offset: carried.offset, stride: lanes)
        let step = Step.dense(
            x: mixture.rows,
            inputs: .fixed(width),
            weight: weight,
            bias: start,
            outputs: lanes,
            .identity,
            out: out
        )
        userProgram.append(Instruction(rows: .heads(mixture.heads), step: step))
        return Product(domain: .candidate, x: mixture.shares, inputs: .heads(mixture.heads), weight: out)
    }

    /// Forms a value that somebody needs as a whole.
    mutating func form(_ value: Unformed, lanes: Int) throws(DeviceModelError) -> Operand {
        switch value {
        case .mixture(let mixture): return formed(mixture)
        case .joined(let inputs):
            let out = reserve(lanes, .candidate)
            try join(inputs, .candidate, out)
            return out
        }
    }

    /// Copies values side by side.
    @inline(never)
    mutating func join(_ inputs: [Int], _ domain: Domain, _ out: Operand) throws(DeviceModelError) {
        var column = 0
        for input in inputs {
            let (x, width) = try (operand(input, for: domain), width(input))
            emit(domain, .copy(x: x, width: width, column: column, out: out))
            column += width
        }
    }

    /// A row of zeros.
    mutating func zeros(_ lanes: Int) -> Operand {
        let columns = lanes * Lanes.scalarCount
        let offset = load([Float](repeating: 0, count: columns), PackedMatrix(rows: 1, columns: columns))
        return Operand(owner: .plan, offset: offset, stride: 0)
    }
}
