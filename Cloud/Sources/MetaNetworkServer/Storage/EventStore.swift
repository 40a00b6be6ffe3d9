import MetaNetworkWire

/// The samples and codes that devices shared: what the next training learns from.
///
/// ``SQLiteEventStore`` keeps them in a file, `PostgresEventStore` at a server, `ObjectEventStore` in a store of objects, ``MemoryEventStore`` for
/// as long as the process lives.
public protocol EventStore: Sendable {
    /// Stores the events of a message, all of them or none; an event whose id the device has sent before is kept as it is.
    ///
    /// - Returns: How many events were new, once they are as durable as the store makes them; all of them where only readers tell which were.
    /// - Throws: ``EventsRefused`` where it takes none now, or what the medium throws.
    func append(_ message: EventMessage) async throws -> SampleEventsReceipt

    /// Removes everything that a device shared, for good: what is restored from a backup later does not bring it back.
    ///
    /// - Returns: How many events there were; 0 where nobody has counted them.
    func delete(device: String) async throws -> Int

    /// How many events there are, and how old they are.
    ///
    /// - Parameter time: Events that arrived before are counted as old; seconds since 1970.
    func ages(arrivedBefore time: Int) async throws -> EventAges

    /// Removes the events that arrived before a time.
    ///
    /// - Parameter time: Seconds since 1970.
    /// - Returns: How many there were.
    func delete(arrivedBefore time: Int) async throws -> Int

    /// What devices chose of a model, by version: of events whose message says in which group they count.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - trial: When the candidate began beside which the choices were made, in seconds since 1970; `nil` for all choices of a
    ///     version.
    func choices(of model: String, trial: Int?) async throws -> [ChoiceArm: ChoiceSums]

    /// Gives back the space of what was deleted.
    func compact() async throws

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
    /// In which group the device's choices count; `nil` where they do not.
    var assignment: ChoiceAssignment?
    /// When it came, in seconds since 1970, where it waits before that is written; `nil` where the store says so as it writes.
    var arrival: Int?

    /// Creates a message.
    public init(device: String, model: String, events: [SampleEvents.Event]) {
        self.device = device
        self.model = model
        self.events = events
    }

    /// How much it is, in samples: an input counts as one for each 4 KiB that it takes, for no item takes more.
    var weight: Int { events.reduce(0) { $0 + 1 + $1.item.utf8.count / 4097 } }

    /// Counts an event that is new, where it is a choice that counts.
    func count(_ event: SampleEvents.Event, in counts: inout [ChoiceGroup: ChoiceCounts]) {
        guard let ranking = event.ranking, let group = assignment?.group(of: event) else { return }
        counts[group, default: ChoiceCounts()].add(ranking)
    }
}

/// How an event is known: one that is sent again is not stored again.
struct EventKey: Hashable {
    let device: String
    let id: String
}

/// A shared sample, or code, as it is read again.
public struct StoredEvent: Sendable, Equatable {
    /// The device that shared it.
    public let device: String
    /// Raw id of the item; of a model over vectors the input as `InputText`; empty where there is a code.
    public let item: String
    /// Seconds since 1970.
    public let time: Int
    /// How unsure the device's model was of the input, from 0 to 1; `nil` for an item.
    public let uncertainty: Float?
    /// The code; `nil` for a sample.
    public let code: SampleEvents.Event.Code?
    /// What the user agreed to; `nil` where the device did not say.
    public let consent: SampleEvents.Event.Consent?

    /// Creates an event.
    public init(
        device: String,
        item: String,
        time: Int,
        uncertainty: Float? = nil,
        code: SampleEvents.Event.Code? = nil,
        consent: SampleEvents.Event.Consent? = nil
    ) {
        self.device = device
        self.item = item
        self.time = time
        self.uncertainty = uncertainty
        self.code = code
        self.consent = consent
    }
}

/// How many events a store has, and how old they are by the store's own clock.
public struct EventAges: Sendable, Equatable {
    /// Number of events.
    public let events: Int
    /// Number of those that are old.
    public let old: Int
    /// When the last one arrived, in seconds since 1970; `nil` where there is none.
    public let newestArrival: Int?

    /// Creates the numbers.
    public init(events: Int, old: Int, newestArrival: Int?) {
        self.events = events
        self.old = old
        self.newestArrival = newestArrival
    }
}

/// Why a store takes no events now.
public enum EventsRefused: Error, Sendable, Equatable {
    /// Too many messages wait to be stored.
    case busy
    /// The device has stored as many events today as it may; it may store more once some seconds have passed.
    case quota(seconds: Int)
    /// The store is as large as it may be, or its disk is full.
    case full
    /// The server that keeps the events does not answer.
    case unavailable
}
