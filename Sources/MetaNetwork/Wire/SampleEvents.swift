/// What a device sends to `POST /v1/models/{model}/events`: samples that its user agreed to share for the next training.
public struct SampleEvents: Codable, Sendable, Equatable {
    /// The samples, oldest first.
    public var events: [Event]

    /// Creates a message.
    public init(events: [Event]) { self.events = events }

    /// One sample.
    public struct Event: Codable, Sendable, Equatable {
        /// Made by the device and kept on a retry, so that the sample counts once: 8 to 64 letters, digits, `-` and `_`.
        public var id: String
        /// Raw id of the item.
        public var item: String
        /// When it happened, in seconds since 1970.
        public var time: Int

        /// Creates an event.
        public init(id: String, item: String, time: Int) {
            self.id = id
            self.item = item
            self.time = time
        }
    }
}

/// The answer to ``SampleEvents``: every event of the message is stored when it arrives.
public struct SampleEventsReceipt: Codable, Sendable, Equatable {
    /// Events that were new.
    public var stored: Int
    /// Events that had been stored before.
    public var repeated: Int

    /// Creates a receipt.
    public init(stored: Int, repeated: Int) {
        self.stored = stored
        self.repeated = repeated
    }
}
