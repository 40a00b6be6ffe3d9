import MetaNetwork

/// The samples that devices shared: what the next training learns from.
///
/// ``SQLiteEventStore`` keeps them in a file, ``MemoryEventStore`` for as long as the process lives.
public protocol EventStore: Sendable {
    /// Stores the events of a message, all of them or none; an event whose id the device has sent before is kept as it is.
    ///
    /// - Returns: How many events were new, once they are as durable as the store makes them.
    /// - Throws: ``EventStoreFull`` where too many events wait, or what the medium throws.
    func append(_ message: EventMessage) async throws -> SampleEventsReceipt

    /// Removes everything that a device shared.
    ///
    /// - Returns: How many events there were.
    func delete(device: String) async throws -> Int

    /// Removes the events that happened before a time.
    ///
    /// - Parameter time: Seconds since 1970.
    /// - Returns: How many there were.
    func delete(before time: Int) async throws -> Int

    /// The models that events were shared for, in order.
    func models() async throws -> [String]

    /// The events of a model, device by device, in order of time and then of arrival.
    ///
    /// Events that arrive or are deleted while the stream is read may be missing from it.
    func events(of model: String) -> AsyncThrowingStream<StoredEvent, any Error>
}

/// What a device sent in one message.
public struct EventMessage: Sendable {
    /// The device; empty where devices need no token.
    public let device: String
    /// The model that the samples belong to.
    public let model: String
    /// The samples.
    public let events: [SampleEvents.Event]

    /// Creates a message.
    public init(device: String, model: String, events: [SampleEvents.Event]) {
        self.device = device
        self.model = model
        self.events = events
    }
}

/// A shared sample as it is read again.
public struct StoredEvent: Sendable, Equatable {
    /// The device that shared it.
    public let device: String
    /// Raw id of the item.
    public let item: String
    /// Seconds since 1970.
    public let time: Int

    /// Creates an event.
    public init(device: String, item: String, time: Int) {
        self.device = device
        self.item = item
        self.time = time
    }
}

/// Too many events wait to be stored.
public struct EventStoreFull: Error {
    /// Creates the error.
    public init() {}
}
