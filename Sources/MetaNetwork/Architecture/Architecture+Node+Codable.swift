extension Architecture.Node: Codable {
    /// The keys of every node.
    private static let keys = ["name", "operation", "inputs"]

    /// Reads a node; a missing, unknown or superfluous key is an error that names the node.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.members()
        let name = try members.decode(String.self, forKey: "name")
        let kind = try members.decode(String.self, forKey: "operation")
        func failure(_ text: String) -> DecodingError {
            .dataCorrupted(.init(codingPath: members.codingPath, debugDescription: "node '\(name)': \(text)"))
        }
        guard let reading = Architecture.Operation.reading(kind) else {
            let known = Architecture.Operation.names.joined(separator: ", ")
            throw failure("operation '\(kind)' is not known; use one of \(known)")
        }
        let known = Self.keys + reading.keys
        if let extra = members.allKeys.first(where: { !known.contains($0.stringValue) }) {
            throw failure("operation '\(kind)' has no key '\(extra.stringValue)'; remove it")
        }
        let inputs = try members.decode([String].self, forKey: "inputs")
        switch reading {
        case .plain(let operation): self.init(name: name, operation: operation, inputs: inputs)
        case .settings(let type):
            func missing(_ key: String) -> DecodingError {
                failure("operation '\(kind)' needs the key '\(key)', \(type.required)")
            }
            do {
                self.init(name: name, operation: try type.init(from: decoder).operation, inputs: inputs)
            } catch DecodingError.keyNotFound(let key, _) {
                throw missing(key.stringValue)
            } catch DecodingError.valueNotFound(_, let context) where !context.codingPath.isEmpty {
                throw missing(context.codingPath[context.codingPath.count - 1].stringValue)
            }
        }
    }

    /// Writes the node with its operation's settings beside its name.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.members()
        let (kind, payload) = operation.form
        try members.encode(name, forKey: "name")
        try members.encode(kind, forKey: "operation")
        try members.encode(inputs, forKey: "inputs")
        try payload?.encode(to: encoder)
    }
}
