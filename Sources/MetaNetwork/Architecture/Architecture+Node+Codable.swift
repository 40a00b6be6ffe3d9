extension Architecture.Node: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable { case name, operation, inputs }

    /// Any key, so that one that does not belong there is found.
    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads a node; a missing, unknown or superfluous key is an error that names the node.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let name = try values.decode(String.self, forKey: .name)
        let kindName = try values.decode(String.self, forKey: .operation)
        func failure(_ text: String) -> DecodingError {
            .dataCorrupted(.init(codingPath: values.codingPath, debugDescription: "node '\(name)': \(text)"))
        }
        guard let kind = Architecture.Operation.kinds[kindName] else {
            let known = Architecture.Operation.kinds.keys.sorted().joined(separator: ", ")
            throw failure("operation '\(kindName)' is not known; use one of \(known)")
        }
        let known = kind.keys.union(CodingKeys.allCases.map(\.stringValue))
        let keys = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        if let extra = keys.first(where: { !known.contains($0) }) {
            throw failure("operation '\(kindName)' has no key '\(extra)'; remove it")
        }
        let inputs = try values.decode([String].self, forKey: .inputs)
        do {
            self.init(name: name, operation: try kind.read(decoder), inputs: inputs)
        } catch DecodingError.keyNotFound(let key, _) {
            throw failure("operation '\(kindName)' needs the key '\(key.stringValue)', \(kind.required)")
        } catch DecodingError.valueNotFound(_, let context) where !context.codingPath.isEmpty {
            let key = context.codingPath[context.codingPath.count - 1].stringValue
            throw failure("operation '\(kindName)' needs the key '\(key)', \(kind.required)")
        }
    }

    /// Writes the node with its operation's settings beside its name.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        let (kind, payload) = operation.form
        try values.encode(name, forKey: .name)
        try values.encode(kind, forKey: .operation)
        try values.encode(inputs, forKey: .inputs)
        try payload?.encode(to: encoder)
    }
}
