import HTTPTypes
import MetaNetwork

/// What a request of the Open Inference Protocol asks of a model: rows of one tensor in, one tensor out.
struct InferenceInput {
    /// The name of the tensor that is read.
    static let name = "input"
    /// The name of the tensor that is written.
    static let outputName = "output"
    /// The type of both: values in single precision.
    static let datatype = "FP32"

    /// Inputs, finite values each.
    let rows: [[Float]]

    /// Checks a request against a model.
    ///
    /// - Parameters:
    ///   - request: As it was sent.
    ///   - width: Values of an input.
    ///   - limit: Maximum number of rows.
    /// - Throws: ``ProblemResponse`` with what is wrong.
    init(_ request: InferenceRequest, width: Int, limit: Int) throws(ProblemResponse) {
        guard request.inputs.count == 1, let input = request.inputs.first, input.name == Self.name else {
            throw Self.problem("there is not one input that is called '\(Self.name)'", "inputs", width)
        }
        if let other = request.outputs?.first(where: { $0.name != Self.outputName }) {
            throw ProblemResponse(
                .unprocessableContent,
                "wrong-tensor",
                "there is no output '\(other.name.cut(toBytes: 80))'",
                field: "outputs",
                fix: "ask for '\(Self.outputName)', or leave outputs out"
            )
        }
        guard input.datatype == Self.datatype else {
            throw Self.problem("the datatype is '\(input.datatype.cut(toBytes: 80))'", "inputs[0].datatype", width)
        }
        let count = try Self.rows(of: input.shape, width, limit)
        guard input.data.values.count == count * width else {
            throw Self.problem(
                "there are \(input.data.values.count) values for a shape of \(count * width)",
                "inputs[0].data",
                width
            )
        }
        let values = input.data.values.map { Float($0) }
        guard values.allSatisfy(\.isFinite) else {
            throw Self.problem("a value is too large for single precision", "inputs[0].data", width)
        }
        rows = (0..<count).map { Array(values[$0 * width..<($0 + 1) * width]) }
    }

    /// The number of rows of a shape whose others dimensions make an input.
    private static func rows(of shape: [Int], _ width: Int, _ limit: Int) throws(ProblemResponse) -> Int {
        let size = shape.dropFirst().reduce(into: (product: 1, isBad: false)) { size, dimension in
            let (product, overflows) = size.product.multipliedReportingOverflow(by: dimension)
            size = (product, size.isBad || overflows || dimension < 1)
        }
        guard shape.count > 1, let count = shape.first, count > 0, !size.isBad, size.product == width else {
            throw problem("the shape is \("\(shape)".cut(toBytes: 80))", "inputs[0].shape", width)
        }
        guard count <= limit else {
            throw ProblemResponse(
                .unprocessableContent,
                "too-many-rows",
                "the input has \(count) rows",
                field: "inputs[0].shape",
                fix: "send \(limit) at a time"
            )
        }
        return count
    }

    private static func problem(_ detail: String, _ field: String, _ width: Int) -> ProblemResponse {
        ProblemResponse(
            .unprocessableContent,
            "wrong-tensor",
            detail,
            field: field,
            fix: "send one input '\(name)' of datatype \(datatype) and shape [ROWS, \(width)], row by row"
        )
    }
}
