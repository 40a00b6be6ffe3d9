/// The settings of one operation. Its coding keys are the keys of a node in JSON, beside `name`, `operation` and `inputs`.
protocol OperationPayload: Codable, Equatable, Sendable {
    associatedtype CodingKeys: CodingKey & CaseIterable
    /// The operation's name in JSON.
    static var kind: String { get }
    /// What the value of a key is that has no default, for messages.
    static var required: String { get }
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
        case .layerNorm: ("layerNorm", nil)
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

    /// How a kind of operation is read.
    struct Kind: Sendable {
        let name: String
        /// The keys that it knows.
        let keys: Set<String>
        /// ``OperationPayload/required``.
        let required: String
        let read: @Sendable (any Decoder) throws -> Architecture.Operation

        /// An operation without settings.
        init(_ operation: Architecture.Operation) {
            name = operation.name
            (keys, required) = ([], "no value")
            read = { _ in operation }
        }

        /// An operation with settings.
        init<Payload: OperationPayload>(_ make: @escaping @Sendable (Payload) -> Architecture.Operation) {
            name = Payload.kind
            keys = Set(Payload.CodingKeys.allCases.map(\.stringValue))
            required = Payload.required
            read = { make(try Payload(from: $0)) }
        }
    }

    /// All kinds by name.
    static let kinds: [String: Kind] = Dictionary(
        uniqueKeysWithValues: [
            Kind { .embedding($0) }, Kind(.position), Kind(.order), Kind { .dense($0) }, Kind { .convolution($0) },
            Kind { .pooling($0) }, Kind(.flatten), Kind(.mean), Kind(.spread), Kind(.standardize), Kind(.layerNorm),
            Kind { .attention($0) }, Kind { .selfAttention($0) }, Kind { .gru($0) }, Kind(.last), Kind(.weightedSum),
            Kind { .dropout($0) }, Kind { .personal($0) }, Kind(.add), Kind(.multiply), Kind(.concatenate), Kind(.dot),
        ].map { ($0.name, $0) }
    )
}

extension KeyedDecodingContainer {
    /// The value of a key, or its default where the key is missing.
    func decode<Value: Decodable>(_ key: Key, or fallback: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? fallback
    }
}
