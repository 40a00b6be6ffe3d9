import MetaNetwork

/// What is fed into one input of values or tokens, by the input's name; see ``DeviceModel/row(of:)``.
public enum InputValue: Sendable, Equatable, ExpressibleByArrayLiteral, ExpressibleByStringLiteral {
    /// A vector; a window, oldest vector first; or an image channel by channel, each row by row.
    case values([Float])
    /// One of the input's tokens. Whatever else counts as unknown.
    case token(String)

    /// Creates values.
    public init(arrayLiteral elements: Float...) { self = .values(elements) }

    /// Creates a token.
    public init(stringLiteral value: String) { self = .token(value) }
}

extension DeviceModel {
    /// The row of a model that has several inputs, from what is known of each.
    ///
    /// ```swift
    /// let input = try model.row(of: ["accelerometer": .values(readings), "question": "which arm?"])
    /// let logits = try model.outputs(of: input)
    /// ```
    ///
    /// - Parameter values: By name of the input. An input without a value is missing: see `ModelGraph.NamedInput`.
    /// - Returns: What ``outputs(of:into:)`` reads, or ``useContext(_:)`` of a model that ranks items; NaN where an input is missing.
    /// - Throws: ``DeviceModelError`` where a name is none of the model's inputs, values are too few, too many, not finite or not of
    ///   their input's kind, every input is missing, or the model ranks items and reads nothing else.
    public func row(of values: [String: InputValue]) throws(DeviceModelError) -> [Float] {
        guard !graph.inputs.isEmpty else { throw .ranksItems(graph.architecture.name) }
        let names = graph.inputs.map(\.name)
        if let other = values.keys.filter({ !names.contains($0) }).min() {
            throw .wrongNamedInput(
                other,
                reason: "the model has no such input; it has '\(names.joined(separator: "', '"))'"
            )
        }
        guard !values.isEmpty else { throw .nothingGiven }
        var row = [Float](repeating: .nan, count: graph.inputCount)
        for input in graph.inputs {
            guard let value = values[input.name] else { continue }
            row.replaceSubrange(input.range, with: try Self.values(value, of: input))
        }
        return row
    }

    private static func values(
        _ value: InputValue,
        of input: ModelGraph.NamedInput
    ) throws(DeviceModelError) -> [Float] {
        func wrong(_ reason: String) -> DeviceModelError { .wrongNamedInput(input.name, reason: reason) }
        switch (value, input.tokens) {
        case (.token(let token), let tokens?): return [Float((tokens.firstIndex(of: token) ?? -1) + 1)]
        case (.token, nil): throw wrong("it is \(input.shape.description), and was given a token; give values")
        case (.values, .some): throw wrong("it is a token, and was given values; give one of its tokens")
        case (.values(let values), nil):
            guard values.count == input.shape.count else {
                throw wrong("it has \(input.shape.count) values, and was given \(values.count)")
            }
            if let place = values.firstIndex(where: { !$0.isFinite }) {
                throw wrong("value \(place) is infinite or NaN; leave the input out where it is not known")
            }
            return values
        }
    }
}
