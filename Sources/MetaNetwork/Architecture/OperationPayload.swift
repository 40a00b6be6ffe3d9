/// The settings of one operation. Its keys are those of a node in JSON, beside `name`, `operation` and `inputs`.
protocol OperationPayload: Codable, Equatable, Sendable {
    /// The operation's name in JSON.
    static var kind: String { get }
    /// The keys that it has in JSON.
    static var keys: [String] { get }
    /// What the value of a key is that has no default, for messages.
    static var required: String { get }
    /// The operation with these settings.
    var operation: Architecture.Operation { get }
}

extension OperationPayload {
    static var required: String { "a whole number" }
}

extension Architecture.Operation {
    /// The operation's name in JSON.
    public var name: String { form.name }

    /// The name, and the settings where there are any.
    var form: (name: String, payload: (any OperationPayload)?) {
        switch self {
        case .embedding(let payload): (Architecture.Embedding.kind, payload)
        case .position: ("position", nil)
        case .order: ("order", nil)
        case .dense(let payload): (Architecture.Dense.kind, payload)
        case .convolution(let payload): (Architecture.Convolution.kind, payload)
        case .pooling(let payload): (Architecture.Pooling.kind, payload)
        case .flatten: ("flatten", nil)
        case .mean: ("mean", nil)
        case .spread: ("spread", nil)
        case .standardize: ("standardize", nil)
        case .layerNorm(let payload): (Architecture.LayerNorm.kind, payload)
        case .attention(let payload): (Architecture.Attention.kind, payload)
        case .selfAttention(let payload): (Architecture.SelfAttention.kind, payload)
        case .gru(let payload): (Architecture.GRU.kind, payload)
        case .last: ("last", nil)
        case .weightedSum: ("weightedSum", nil)
        case .dropout(let payload): (Architecture.Dropout.kind, payload)
        case .personal(let payload): (Architecture.Personal.kind, payload)
        case .add: ("add", nil)
        case .multiply: ("multiply", nil)
        case .concatenate: ("concatenate", nil)
        case .dot: ("dot", nil)
        }
    }

    /// How an operation is read.
    enum Reading {
        /// It has no settings.
        case plain(Architecture.Operation)
        /// It has settings of this type.
        case settings(any OperationPayload.Type)

        /// The keys of the settings.
        var keys: [String] { if case .settings(let type) = self { type.keys } else { [] } }
    }

    /// How the operation of a name is read; `nil` where there is none.
    static func reading(_ name: String) -> Reading? {
        if let type = payloads.first(where: { $0.kind == name }) { return .settings(type) }
        return plain.first { $0.name == name }.map { .plain($0) }
    }

    /// The names of all operations.
    static var names: [String] { (payloads.map { $0.kind } + plain.map(\.name)).ascending() }

    private static let payloads: [any OperationPayload.Type] = [
        Architecture.Embedding.self, Architecture.Dense.self, Architecture.Convolution.self, Architecture.Pooling.self,
        Architecture.LayerNorm.self, Architecture.Attention.self, Architecture.SelfAttention.self,
        Architecture.GRU.self,
        Architecture.Dropout.self, Architecture.Personal.self,
    ]
    private static let plain: [Architecture.Operation] = [
        .position, .order, .flatten, .mean, .spread, .standardize, .last, .weightedSum, .add, .multiply,
        .concatenate, .dot,
    ]
}

extension KeyedDecodingContainer<MemberName> {
    /// The value of a key, or its default where the key is missing.
    func decode<Value: Decodable>(_ key: MemberName, or fallback: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? fallback
    }
}
