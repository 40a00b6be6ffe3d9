extension Architecture.Node: Codable {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private static let common: Set<String> = ["name", "operation", "inputs"]

    /// Reads a node; a missing, unknown or superfluous key is an error that names the node.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        let name = try values.decode(String.self, forKey: Key("name"))
        let kind = try values.decode(String.self, forKey: Key("operation"))
        func failure(_ text: String) -> DecodingError {
            .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "node '\(name)': \(text)"))
        }
        guard let allowed = Architecture.Operation.keys[kind] else {
            let known = Architecture.Operation.keys.keys.sorted().joined(separator: ", ")
            throw failure("operation '\(kind)' is not known; use one of \(known)")
        }
        if let extra = values.allKeys.map(\.stringValue).first(where: { !Self.common.union(allowed).contains($0) }) {
            throw failure("operation '\(kind)' has no key '\(extra)'; remove it")
        }
        func integer(_ key: String) throws -> Int {
            guard let value = try values.decodeIfPresent(Int.self, forKey: Key(key)) else {
                throw failure("operation '\(kind)' needs the key '\(key)', a whole number")
            }
            return value
        }
        let inputs = try values.decode([String].self, forKey: Key("inputs"))
        let operation: Architecture.Operation
        switch kind {
        case "embedding":
            let table = try values.decodeIfPresent(String.self, forKey: Key("table")) ?? "items"
            operation = .embedding(table: table, width: try integer("width"))
        case "position": operation = .position
        case "dense":
            operation = .dense(
                units: try integer("units"),
                activation: try values.decodeIfPresent(Architecture.Activation.self, forKey: Key("activation"))
                    ?? .identity,
                dynamic: try values.decodeIfPresent(Bool.self, forKey: Key("dynamic")) ?? false
            )
        case "layerNorm": operation = .layerNorm
        case "attention": operation = .attention(heads: try integer("heads"))
        case "gru": operation = .gru(units: try integer("units"))
        case "last": operation = .last
        case "add": operation = .add
        case "concatenate": operation = .concatenate
        default: operation = .dot
        }
        self.init(name: name, operation: operation, inputs: inputs)
    }

    /// Writes the node with its operation's keys beside its name.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(name, forKey: Key("name"))
        try values.encode(operation.name, forKey: Key("operation"))
        try values.encode(inputs, forKey: Key("inputs"))
        switch operation {
        case .embedding(let table, let width):
            try values.encode(table, forKey: Key("table"))
            try values.encode(width, forKey: Key("width"))
        case .dense(let units, let activation, let dynamic):
            try values.encode(units, forKey: Key("units"))
            try values.encode(activation, forKey: Key("activation"))
            try values.encode(dynamic, forKey: Key("dynamic"))
        case .attention(let heads): try values.encode(heads, forKey: Key("heads"))
        case .gru(let units): try values.encode(units, forKey: Key("units"))
        case .position, .layerNorm, .last, .add, .concatenate, .dot: break
        }
    }
}

extension Architecture.Operation {
    /// The keys of each operation beside `name`, `operation` and `inputs`.
    fileprivate static let keys: [String: Set<String>] = [
        "embedding": ["table", "width"], "position": [], "dense": ["units", "activation", "dynamic"],
        "layerNorm": [], "attention": ["heads"], "gru": ["units"], "last": [], "add": [], "concatenate": [],
        "dot": [],
    ]

    /// The operation's name in JSON.
    public var name: String {
        switch self {
        case .embedding: "embedding"
        case .position: "position"
        case .dense: "dense"
        case .layerNorm: "layerNorm"
        case .attention: "attention"
        case .gru: "gru"
        case .last: "last"
        case .add: "add"
        case .concatenate: "concatenate"
        case .dot: "dot"
        }
    }
}
