/// What a device sends to `POST /v1/models/{model}/events`: samples that its user agreed to share, items for the next training, or inputs
/// of a model over vectors for its adaptation to what devices see; and codes that it learned.
public struct SampleEvents: Codable, Sendable, Equatable {
    /// The samples, oldest first.
    public var events: [Event]

    /// Creates a message.
    public init(events: [Event]) { self.events = events }

    /// One sample, or a code that the device learned.
    public struct Event: Codable, Sendable, Equatable {
        /// Made by the device and kept on a retry, so that the sample counts once: 8 to 64 letters, digits, `-` and `_`.
        public var id: String
        /// Raw id of the item; of a model over vectors the input as ``InputText``; empty where there is a code.
        public var item: String
        /// When it happened, in seconds since 1970.
        public var time: Int
        /// How unsure the device's model was of the input, from 0 to 1; `nil` for an item.
        public var uncertainty: Float?
        /// The code; `nil` for a sample.
        public var code: Code?
        /// How the item had been ranked when it was chosen; `nil` where the device does not say. Services of earlier releases pass over it.
        public var ranking: Ranking?
        /// What the user agreed to; `nil` where the app does not say. Services of earlier releases pass over it.
        public var consent: Consent?

        /// Creates an event with a sample.
        public init(id: String, item: String, time: Int, uncertainty: Float? = nil) {
            self.id = id
            self.item = item
            self.time = time
            self.uncertainty = uncertainty
        }

        /// Creates an event with a code. A service of an earlier release refuses it alone, as its item is empty.
        public init(id: String, code: Code, time: Int) {
            self.init(id: id, item: "", time: time)
            self.code = code
        }

        /// Reads an event; an uncertainty is rounded to single precision, however small or large it is.
        public init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            id = try members.decode(String.self, forKey: .id)
            item = try members.decode(String.self, forKey: .item)
            time = try members.decode(Int.self, forKey: .time)
            // Decoded as a `Float`, one such number would cost the whole message.
            uncertainty = try members.decodeIfPresent(Double.self, forKey: .uncertainty).map { Float($0) }
            code = try members.decodeIfPresent(Code.self, forKey: .code)
            ranking = try members.decodeIfPresent(Ranking.self, forKey: .ranking)
            consent = try members.decodeIfPresent(Consent.self, forKey: .consent)
        }
    }
}

/// The answer to ``SampleEvents``: every event of the message is stored when it arrives, but those that it names.
public struct SampleEventsReceipt: Codable, Sendable, Equatable {
    /// Events that were new.
    public var stored: Int
    /// Events that had been stored before.
    public var repeated: Int
    /// Events that will never be stored; `nil` where there are none.
    public var refused: [Refusal]?

    /// Creates a receipt.
    public init(stored: Int, repeated: Int, refused: [Refusal]? = nil) {
        self.stored = stored
        self.repeated = repeated
        self.refused = refused
    }

    /// An event that will never be stored.
    public struct Refusal: Codable, Sendable, Equatable {
        /// Its place in the message, from 0.
        public var index: Int
        /// What is wrong with it.
        public var reason: String

        /// Creates a refusal.
        public init(index: Int, reason: String) {
            self.index = index
            self.reason = reason
        }
    }
}

/// The answer to `DELETE /v1/devices/me/events`: nothing of the device is left.
public struct EventDeletion: Codable, Sendable, Equatable {
    /// Events that there were.
    public var deleted: Int

    /// Creates an answer.
    public init(deleted: Int) { self.deleted = deleted }
}
