extension ModelGraph {
    /// One input of a model over vectors, or of a model that ranks items beside history and candidate: its user's context.
    ///
    /// All inputs are fed in as one row of values: those of the first input, then those of the second, and so on, each in its own
    /// order. Everything that carries an input - the wire, stored samples, a training batch - carries the row, and never asks what it
    /// consists of.
    ///
    /// Of several inputs some may be missing: all values of one are NaN then. It counts as the mean of the training data where a
    /// `standardize` node reads it, else as zeros; a missing token counts as unknown. At least one input has to be there, but where a
    /// model ranks items, which has its history.
    public struct NamedInput: Sendable, Equatable {
        /// Its name in the architecture.
        public let name: String
        /// Shape of its values. A token is one value, its number.
        public let shape: Shape
        /// Where its values begin in the row.
        public let offset: Int
        /// What a token can be, numbered from 1; `nil` for other inputs. 0 is the number of an unknown one.
        public let tokens: [String]?

        /// The columns of a table as the only input, in one row or a window of several.
        public static func columns(_ width: Int, rows: Int) -> NamedInput {
            NamedInput(name: "columns", shape: .sequence(length: rows, width: width), offset: 0, tokens: nil)
        }

        /// Where its values are in the row.
        public var range: Range<Int> { offset..<offset + shape.count }

        /// Columns of a table that it is read from: the width of a window's vectors, else as many as it has values.
        public var columnCount: Int { if case .sequence = shape { shape.width } else { shape.count } }

        /// The inputs of an architecture, but for history and candidate.
        ///
        /// - Throws: ``ArchitectureError`` where an input has no size, or all together are too large.
        static func all(of architecture: Architecture) throws(ArchitectureError) -> [NamedInput] {
            var (result, offset) = ([NamedInput](), 0)
            for input in architecture.inputs {
                guard let shape = try input.shape() else { continue }
                result.append(NamedInput(name: input.name, shape: shape, offset: offset, tokens: input.tokens))
                offset += shape.count
                guard offset <= ModelGraphBuilder.largestValue else {
                    throw ArchitectureError(
                        input.name,
                        "with it the inputs have \(offset) values, more than \(ModelGraphBuilder.largestValue)"
                    )
                }
            }
            return result
        }
    }

    /// Values of the row of all ``inputs``: what a model over vectors reads at once, or a model that ranks items beside history and
    /// candidate.
    public var inputCount: Int { inputs.reduce(0) { $0 + $1.shape.count } }

    /// Shape of what a model over vectors reads, where that is one input and no token; `nil` where it ranks items, too.
    public var onlyShape: Shape? { inputs.count == 1 && inputs[0].tokens == nil && !ranksItems ? inputs[0].shape : nil }

    /// Whether one of ``inputs`` may be missing: where there are others, or a history.
    public var mayMissInputs: Bool { inputs.count > 1 || ranksItems }

    /// What the model reads, in words.
    public var inputDescription: String {
        let others = inputs.map { input in
            let what = input.tokens.map { "one of \($0.count) tokens" } ?? input.shape.description
            return mayMissInputs ? "'\(input.name)', \(what)" : what
        }
        return ((ranksItems ? ["items"] : []) + others).joined(separator: " and ")
    }

    /// The node that standardizes an input; `nil` where none does.
    public func standardizing(_ input: Int) -> ResolvedNode? {
        nodes.first { $0.operation == .standardize && $0.sources == [.input(input)] }
    }
}

extension ModelGraph.Source {
    /// Whether it is of one user: the history, or another input.
    var isOfUser: Bool {
        switch self {
        case .history, .input: true
        case .candidate, .node: false
        }
    }
}
