extension Step {
    /// What it reads, rows of tables and static vectors apart.
    var reads: [Operand] {
        switch self {
        case .gather: []
        case .dense(let x, _, let weight, let bias, _, _, _), .unit(let x, let weight, let bias, _, _, _):
            [x, weight, bias]
        case .position(let x, _, _, _, _), .standardize(let x, _, _, _, _), .layerNorm(let x, _, _, _, _, _),
            .transpose(let x, _, _, _, _), .softmax(let x, _), .recur(let x, _, _, _, _, _), .last(let x, _, _),
            .weightedSum(let x, _, _, _), .mean(let x, _, _), .spread(let x, _, _), .pack(let x, _, _),
            .frame(let x, _, _), .pool(let x, _, _, _, _), .copy(let x, _, _, _), .token(let x, _, _, _, _):
            [x]
        case .convolve(let x, _, let weight, let bias, _, _): [x, weight, bias]
        case .attend(let x, let y, _, _, _, _), .attendCausally(let x, let y, _, _, _): [x, y]
        case .add(let x, let y, _, _), .multiply(let x, let y, _, _), .dot(let x, let y, _, _): [x, y]
        }
    }

    /// Where it leaves its result.
    var result: Operand {
        switch self {
        case .gather(_, _, let out), .dense(_, _, _, _, _, _, let out), .unit(_, _, _, _, _, let out),
            .position(_, _, _, _, let out), .standardize(_, _, _, _, let out), .layerNorm(_, _, _, _, _, let out),
            .attend(_, _, _, _, _, let out), .attendCausally(_, _, _, _, let out), .transpose(_, _, _, _, let out),
            .softmax(let out, _), .recur(_, _, _, _, _, let out), .last(_, _, let out), .weightedSum(_, _, _, let out),
            .mean(_, _, let out), .spread(_, _, let out), .pack(_, _, let out), .frame(_, _, let out),
            .convolve(_, _, _, _, _, let out), .pool(_, _, _, _, let out), .add(_, _, _, let out),
            .multiply(_, _, _, let out), .copy(_, _, _, let out), .dot(_, _, _, let out),
            .token(_, _, _, _, let out):
            out
        }
    }
}
