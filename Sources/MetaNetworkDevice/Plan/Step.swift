import MetaNetwork

/// Where a value is: some lanes of an arena for each row.
struct Operand: Sendable, Equatable {
    /// The arena.
    let owner: Owner
    /// Lanes before the first row.
    let offset: Int
    /// Lanes from one row to the next; 0 where all rows read the same one.
    let stride: Int

    /// Who else sees the memory.
    enum Owner: Sendable {
        /// The plan: static weights and tables, which all devices share.
        case plan
        /// One device: its dynamic weights and intermediate values.
        case device
    }

    /// Stands for a value that is not formed yet; nobody reads it.
    static let nowhere = Operand(owner: .device, offset: 0, stride: 0)
}

/// One operation on memory that is laid out already. Sizes are in lanes unless said otherwise.
enum Step: Sendable {
    /// Copies rows of a table, by index.
    case gather(table: Int, lanes: Int, out: Operand)
    /// Copies the row of a token, whose number is the first element of x; row 0 where that is none from 1 to `count`.
    case token(x: Operand, count: Int, table: Int, lanes: Int, out: Operand)
    /// `activation(x·W + b)`; W has one row of `outputs` lanes for each of the `inputs` elements of x. Each row may have a b of its
    /// own, and b may be `out`.
    case dense(
        x: Operand,
        inputs: RowCount,
        weight: Operand,
        bias: Operand,
        outputs: Int,
        Architecture.Activation,
        out: Operand
    )
    /// `activation(x·w + b)` of one unit, into the first element of the row; w is stored as one row.
    case unit(x: Operand, weight: Operand, bias: Operand, lanes: Int, Architecture.Activation, out: Operand)
    /// Adds the vector of each sample's age, or of its place where the oldest has the first.
    case position(x: Operand, table: Int, oldestFirst: Bool, lanes: Int, out: Operand)
    /// `(x - mean) · scale`.
    case standardize(x: Operand, mean: Int, scale: Int, lanes: Int, out: Operand)
    /// Normalizes `width` elements.
    case layerNorm(x: Operand, width: Int, scale: Int, bias: Int, epsilon: Float, out: Operand)
    /// For each head, the mean of the memory's rows, weighted by the softmax of their inner products with the query.
    case attend(query: Operand, memory: Operand, memoryRows: RowCount, heads: Int, lanes: Int, out: Operand)
    /// The same for a query of each row, on the memory's rows up to it.
    case attendCausally(queries: Operand, memory: Operand, heads: Int, lanes: Int, out: Operand)
    /// Turns the first `width` elements of each head of each sample into a column of `out`, whose rows have `columns` lanes; the
    /// last of them is a bias.
    case transpose(x: Operand, heads: Int, width: Int, columns: Int, out: Operand)
    /// Turns a row of scores, one for each head of each sample, into shares that add up to 1 for each head.
    case softmax(x: Operand, heads: Int)
    /// The recurrent half of a GRU, from the gates' input halves; each gate has `lanes`.
    case recur(gates: Operand, weight: Int, bias: Int, units: Int, lanes: Int, out: Operand)
    /// The most recent row.
    case last(x: Operand, lanes: Int, out: Operand)
    /// The sum of the rows, each times the weight of its age; a weight is the first element of a lane.
    case weightedSum(x: Operand, weight: Int, lanes: Int, out: Operand)
    /// The mean of the rows.
    case mean(x: Operand, lanes: Int, out: Operand)
    /// The standard deviation of `width` elements over the rows.
    case spread(x: Operand, width: Int, out: Operand)
    /// Copies `width` elements of each row behind those of the row before.
    case pack(x: Operand, width: Int, out: Operand)
    /// Copies an image, pixel by pixel without the padding of lanes, into a border of zeros.
    case frame(x: Operand, FramedImage, out: Operand)
    /// Slides a kernel over an image whose pixels are stored without padding.
    case convolve(
        x: Operand,
        Convolution.Geometry,
        weight: Operand,
        bias: Operand,
        Architecture.Activation,
        out: Operand
    )
    /// The maximum or the mean of each window.
    case pool(x: Operand, Architecture.Pooling.Kind, ModelGraph.Sliding, lanes: Int, out: Operand)
    /// Element-wise sum.
    case add(x: Operand, y: Operand, lanes: Int, out: Operand)
    /// Element-wise product.
    case multiply(x: Operand, y: Operand, lanes: Int, out: Operand)
    /// Copies `width` elements into the row, from `column` on.
    case copy(x: Operand, width: Int, column: Int, out: Operand)
    /// Inner product, into the first element of the row.
    case dot(x: Operand, y: Operand, lanes: Int, out: Operand)
}

/// A step with the rows that it is for.
struct Instruction: Sendable {
    let rows: RowCount
    let step: Step
}

/// How many rows a step has.
enum RowCount: Sendable {
    /// One: what the history makes of the user, or a model over vectors of its input.
    case one
    /// One for each sample of the history.
    case samples
    /// One for each head of each sample: the rows that an attention layer mixes.
    case heads(Int)
    /// One for each candidate of a block.
    case candidates
    /// The vectors of a window or the pixels of an image.
    case fixed(Int)
}
