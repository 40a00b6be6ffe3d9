import MetaNetworkWire

/// Shared events as the tool reads them: by an operator's command, or to learn from. Callers wait on their own thread.
///
/// ``SQLiteEventStore``, ``PostgresEventStore`` and ``ObjectEventSource`` are sources; a service may go on writing to what they read.
package protocol EventSource: Sendable {
    /// The models that events were shared for, in order.
    func models() throws -> [String]

    /// Reads the events of a model, device by device, in order of time and then of arrival. The memory that it takes does not grow with
    /// their number.
    func forEachEvent(of model: String, _ body: (StoredEvent) throws -> Void) throws

    /// Reads what a device shared, model by model, in the order of its arrival.
    func forEachEvent(ofDevice device: String, _ body: (DeviceEvent) throws -> Void) throws

    /// For what a model's samples were shared, and under which text: how many events and devices there are of each.
    ///
    /// - Parameter model: The model; `nil` for all.
    /// - Returns: In order of model, purpose and version; without a consent first.
    func consents(of model: String?) throws -> [ConsentCount]

    /// Reads inputs that devices shared, in the order of their arrival.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - number: Inputs with this number and smaller ones are left out; 0 for none. Numbers grow, none is given twice in one store, and
    ///     none appears below one that was read; a store that was restored from a backup goes on where the backup ended. Of objects that is so
    ///     while the source is open.
    ///   - limit: Maximum number of inputs.
    ///   - purpose: For what they must have been shared; `nil` for all.
    /// - Returns: None where all were read, or the model ranks items.
    func inputs(of model: String, after number: Int64, limit: Int, purpose: String?) throws -> [SharedInput]

    /// Number of the last event in order of arrival; 0 where there is none.
    func lastNumber() throws -> Int64

    /// Reads the code that each device shared last of a version.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - version: The version that the codes belong to.
    ///   - purpose: For what they must have been shared; `nil` for all.
    /// - Returns: At most one code a device, in the order of the devices' ids.
    func codes(of model: String, version: String, purpose: String?) throws -> [SharedCode]

    /// Number of devices that shared codes of a model, by version.
    func codeDevices(of model: String) throws -> [String: Int]

    /// What is left out of events because it is damaged; `nil` where nothing is.
    ///
    /// - Parameter model: The model; `nil` for all.
    func leftOut(of model: String?) throws -> DamagedEvents?
}

/// Events that are left out because what has them is damaged.
package struct DamagedEvents: Sendable, Equatable, CustomStringConvertible {
    /// What has some.
    package struct Object: Sendable, Equatable {
        /// The name under which a good older version is to be put back.
        package let key: String
        /// Number of events.
        package let events: Int
    }

    /// At least one, in the order in which their events arrived.
    package let objects: [Object]

    /// What is told to whoever learns from the others.
    package var description: String {
        let events = objects.reduce(0) { $0 + $1.events }
        return
            "\(events) events in \(objects.count) damaged objects, \(objects[0].key) the first of them: put them back from an older version, or they "
            + "are lost"
    }
}

extension EventSource {
    /// Nothing: a database finds what is damaged by itself.
    package func leftOut(of model: String?) throws -> DamagedEvents? { nil }

    /// Reads inputs for whatever they were shared.
    package func inputs(of model: String, after number: Int64, limit: Int) throws -> [SharedInput] {
        try inputs(of: model, after: number, limit: limit, purpose: nil)
    }

    /// Reads codes for whatever they were shared.
    package func codes(of model: String, version: String) throws -> [SharedCode] {
        try codes(of: model, version: version, purpose: nil)
    }

    /// The consents of all models.
    package func consents() throws -> [ConsentCount] { try consents(of: nil) }
}

/// All that is stored of an event, for its device.
public struct DeviceEvent: Codable, Sendable, Equatable {
    /// The model that it was shared for.
    public let model: String
    /// The id that the device gave it.
    public let id: String
    /// Raw id of the item; of a model over vectors the input as `InputText`; empty where there is a code.
    public let item: String
    /// When it happened, in seconds since 1970.
    public let time: Int
    /// When it arrived, in seconds since 1970.
    public let arrival: Int
    /// How unsure the device's model was of the input, from 0 to 1; `nil` for an item.
    public let uncertainty: Float?
    /// The code; `nil` for a sample.
    public let code: SampleEvents.Event.Code?
    /// What the user agreed to; `nil` where the device did not say.
    public let consent: SampleEvents.Event.Consent?
}

/// An input of a model over vectors that a device shared.
package struct SharedInput: Sendable, Equatable {
    /// Its place in the order of arrival.
    package let number: Int64
    /// The device; empty where devices need no token.
    package let device: String
    /// The values as `InputText`: as many as the version had that was current when it arrived.
    package let text: String
    /// How unsure the device's model was of it, from 0 to 1.
    package let uncertainty: Float
}

/// The code that a device shared last.
package struct SharedCode: Sendable, Equatable {
    /// The device; empty where devices need no token.
    package let device: String
    /// Finite, as many as the version's codes had when it arrived.
    package let values: [Float]
}

/// How much was shared under a consent.
public struct ConsentCount: Codable, Sendable, Equatable {
    /// The model that it was shared for.
    public let model: String
    /// What the users agreed to; `nil` where their devices did not say.
    public let consent: SampleEvents.Event.Consent?
    /// Number of events.
    public let events: Int
    /// Number of devices that shared them.
    public let devices: Int
}

extension SampleEvents.Event.Consent {
    /// A consent as it is stored: in two columns, both null where there is none.
    static func stored(_ purpose: String?, _ version: String?) -> Self? {
        guard let purpose, let version else { return nil }
        return Self(purpose: purpose, version: version)
    }
}
