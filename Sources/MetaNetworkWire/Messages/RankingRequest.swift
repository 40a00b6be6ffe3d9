import MetaNetwork

/// What a client that cannot run a model sends to `POST /v1/models/{model}/rank`: a user's history, for which the cloud ranks in the
/// device's place.
public struct RankingRequest: Sendable, Equatable {
    /// Raw ids of recent samples, oldest first; empty for a user of whom nothing is known.
    public var history: [String]
    /// Raw ids to be ranked, 1 or more; `nil` ranks all items of the catalogue that are not in the history.
    public var candidates: [String]?
    /// Maximum number of items of the answer, from 1.
    public var top: Int
    /// What is known of the user beside the history, by the name of the model's input; inputs that are left out are missing.
    public var context: [String: Value]

    /// What is known of one input.
    public enum Value: Sendable, Equatable {
        /// The values of an input of kind `vector`; finite.
        case numbers([Float])
        /// One of the tokens of an input of kind `token`.
        case token(String)
    }

    /// Items of an answer where the request does not say how many.
    public static let usualTop = 10

    /// Creates a request.
    public init(
        history: [String],
        candidates: [String]? = nil,
        top: Int = RankingRequest.usualTop,
        context: [String: Value] = [:]
    ) {
        (self.history, self.candidates, self.top, self.context) = (history, candidates, top, context)
    }

    /// Reads a request from JSON; stricter than `Codable` and without its cost.
    ///
    /// - Parameters:
    ///   - json: The body.
    ///   - itemLimit: Maximum number of samples, of candidates and of items of the answer.
    /// - Throws: ``MessageError``.
    public init(parsing json: [UInt8], itemLimit: Int) throws(MessageError) {
        let message = try JSONMessage(parsing: json, members: ["history", "candidates", "top", "context"], depth: 3)
        guard let history = message["history"] else {
            throw MessageError(
                field: "history",
                reason: "is missing",
                fix: "send raw ids, oldest first, or [] for a new user"
            )
        }
        var candidates: [String]?
        if let given = message["candidates"] {
            candidates = try JSONMessage.strings(
                "candidates",
                given,
                itemLimit,
                fix: "send raw ids, or leave them out to rank the whole catalogue"
            )
        }
        self.init(
            history: try Self.history(history, limit: itemLimit),
            candidates: candidates,
            top: try Self.top(message["top"], limit: itemLimit),
            context: try Self.context(message["context"])
        )
    }

    private static func history(_ value: JSON, limit: Int) throws(MessageError) -> [String] {
        if case .array(let elements) = value, elements.isEmpty { return [] }
        return try JSONMessage.strings("history", value, limit, fix: "send an array, oldest first")
    }

    private static func top(_ value: JSON?, limit: Int) throws(MessageError) -> Int {
        guard let value else { return usualTop }
        guard let top = value.whole, (1...limit).contains(top) else {
            throw MessageError(
                field: "top",
                reason: "is no number of items",
                fix: "send a whole number from 1 to \(limit)"
            )
        }
        return top
    }

    private static func context(_ value: JSON?) throws(MessageError) -> [String: Value] {
        guard let value else { return [:] }
        guard case .object(let members) = value else {
            throw MessageError(
                field: "context",
                reason: "is no object",
                fix: "send values or a token by the name of each input"
            )
        }
        var context: [String: Value] = [:]
        for member in members {
            switch member.value {
            case .null: continue
            case .string(let token): context[member.key] = .token(token)
            default: context[member.key] = .numbers(try JSONMessage.numbers("context.\(member.key)", member.value))
            }
        }
        return context
    }
}

/// The answer to a ``RankingRequest``, in JSON; it is not signed.
public struct RankingAnswer: Codable, Sendable, Equatable {
    /// Name of the model.
    public var model: String
    /// The version that ranked.
    public var version: String
    /// Which of its weights ranked: ``SampleEvents/Event/Ranking/Weights/personal`` ones, made of the history, or those of the base.
    public var weights: SampleEvents.Event.Ranking.Weights
    /// The items, best first.
    public var items: [Item]

    /// An item and how it was scored.
    public struct Item: Codable, Sendable, Equatable {
        /// Raw id.
        public var item: String
        /// The logit of the score; `nil` for a candidate that the version does not know, which comes last.
        public var score: Float?

        /// Creates an item.
        public init(item: String, score: Float?) { (self.item, self.score) = (item, score) }
    }

    /// Creates an answer.
    public init(model: String, version: String, weights: SampleEvents.Event.Ranking.Weights, items: [Item]) {
        (self.model, self.version, self.weights, self.items) = (model, version, weights, items)
    }
}
