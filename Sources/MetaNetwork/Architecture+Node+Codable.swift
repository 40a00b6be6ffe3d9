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
        let reader = Reader(values: values, name: name, kind: kind)
        guard let allowed = Architecture.Operation.keys[kind] else {
            let known = Architecture.Operation.keys.keys.sorted().joined(separator: ", ")
            throw reader.failure("operation '\(kind)' is not known; use one of \(known)")
        }
        if let extra = values.allKeys.map(\.stringValue).first(where: { !Self.common.union(allowed).contains($0) }) {
            throw reader.failure("operation '\(kind)' has no key '\(extra)'; remove it")
        }
        let inputs = try values.decode([String].self, forKey: Key("inputs"))
        self.init(name: name, operation: try reader.operation(), inputs: inputs)
    }

    /// Reads the keys of an operation.
    private struct Reader {
        let values: KeyedDecodingContainer<Key>
        let name: String
        let kind: String

        func failure(_ text: String) -> DecodingError {
            .dataCorrupted(.init(codingPath: values.codingPath, debugDescription: "node '\(name)': \(text)"))
        }

        func operation() throws -> Architecture.Operation {
            switch kind {
            case "embedding":
                .embedding(table: try value("table", or: "items"), width: try integer("width"))
            case "position": .position
            case "dense":
                .dense(
                    units: try integer("units"),
                    activation: try value("activation", or: .identity),
                    dynamic: try value("dynamic", or: false)
                )
            case "convolution":
                .convolution(
                    filters: try integer("filters"),
                    kernel: try integer("kernel"),
                    stride: try value("stride", or: 1),
                    padding: try value("padding", or: .same),
                    activation: try value("activation", or: .identity),
                    dynamic: try value("dynamic", or: false)
                )
            case "pooling":
                .pooling(try value("kind", or: .max), size: try integer("size"), stride: try stride("size"))
            case "flatten": .flatten
            case "mean": .mean
            case "standardize": .standardize
            case "layerNorm": .layerNorm
            case "attention": .attention(heads: try integer("heads"))
            case "gru": .gru(units: try integer("units"))
            case "last": .last
            case "add": .add
            case "concatenate": .concatenate
            default: .dot
            }
        }

        private func integer(_ key: String) throws -> Int {
            guard let value = try values.decodeIfPresent(Int.self, forKey: Key(key)) else {
                throw failure("operation '\(kind)' needs the key '\(key)', a whole number")
            }
            return value
        }

        /// Windows of a pooling node do not overlap unless it says so.
        private func stride(_ size: String) throws -> Int { try value("stride", or: integer(size)) }

        private func value<Value: Decodable>(
            _ key: String,
            or fallback: @autoclosure () throws -> Value
        ) throws -> Value {
            try values.decodeIfPresent(Value.self, forKey: Key(key)) ?? fallback()
        }
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
        case .convolution(let filters, let kernel, let stride, let padding, let activation, let dynamic):
            try values.encode(filters, forKey: Key("filters"))
            try values.encode(kernel, forKey: Key("kernel"))
            try values.encode(stride, forKey: Key("stride"))
            try values.encode(padding, forKey: Key("padding"))
            try values.encode(activation, forKey: Key("activation"))
            try values.encode(dynamic, forKey: Key("dynamic"))
        case .pooling(let kind, let size, let stride):
            try values.encode(kind, forKey: Key("kind"))
            try values.encode(size, forKey: Key("size"))
            try values.encode(stride, forKey: Key("stride"))
        case .attention(let heads): try values.encode(heads, forKey: Key("heads"))
        case .gru(let units): try values.encode(units, forKey: Key("units"))
        case .position, .flatten, .mean, .standardize, .layerNorm, .last, .add, .concatenate, .dot: break
        }
    }
}

extension Architecture.Operation {
    /// The keys of each operation beside `name`, `operation` and `inputs`.
    fileprivate static let keys: [String: Set<String>] = [
        "embedding": ["table", "width"], "position": [], "dense": ["units", "activation", "dynamic"],
        "convolution": ["filters", "kernel", "stride", "padding", "activation", "dynamic"],
        "pooling": ["kind", "size", "stride"], "flatten": [], "mean": [], "standardize": [], "layerNorm": [],
        "attention": ["heads"],
        "gru": ["units"],
        "last": [], "add": [], "concatenate": [], "dot": [],
    ]

    /// The operation's name in JSON.
    public var name: String {
        switch self {
        case .embedding: "embedding"
        case .position: "position"
        case .dense: "dense"
        case .convolution: "convolution"
        case .pooling: "pooling"
        case .flatten: "flatten"
        case .mean: "mean"
        case .standardize: "standardize"
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
