import Foundation
import MetaNetwork

/// Reads the events of objects, as the tool does: they are laid down in a file of this machine first, those of a model when it is asked for.
///
/// What numbers inputs have holds for this reader alone.
final class ObjectEventSource: EventSource {
    private let objects: any ObjectStore
    private let snapshot: EventSnapshot

    /// Opens a place that services write to.
    ///
    /// - Throws: ``ConfigurationProblem`` where it has no events, or cannot be asked.
    init(_ objects: any ObjectStore) throws(ConfigurationProblem) {
        (self.objects, snapshot) = (objects, EventSnapshot(objects))
        let isEmpty: Bool
        do {
            isEmpty = try Waiting.run {
                guard try await objects.eventModels().isEmpty else { return false }
                return try await objects.damagedEvents(of: nil).isEmpty
            }
        } catch { throw ConfigurationProblem("\(error)") }
        guard !isEmpty else { throw Self.nothing(in: objects) }
    }

    /// Why a place without events is not read.
    static func nothing(in objects: any ObjectStore) -> ConfigurationProblem {
        ConfigurationProblem(
            "\(objects.place(of: "")) holds no events; name the place given to `metanetwork serve --events`"
        )
    }

    private func store(_ model: String?) throws -> SQLiteEventStore {
        try Waiting.run { [snapshot] in try await snapshot.events(of: model) }
    }

    func models() throws -> [String] { try Waiting.run { [objects] in try await objects.eventModels() } }

    func forEachEvent(of model: String, _ body: (StoredEvent) throws -> Void) throws {
        try store(model).forEachEvent(of: model, body)
    }

    func forEachEvent(ofDevice device: String, _ body: (DeviceEvent) throws -> Void) throws {
        let events = try Waiting.run { [objects, snapshot] in
            var events: [DeviceEvent] = []
            for model in try await objects.eventModels() {
                var (found, known) = ([DeviceEvent](), Set<EventKey>())
                let reading = try await EventObjects(objects).forEach(of: model) { lines in
                    for line in lines where line.device == device && known.insert(line.key).inserted {
                        found.append(DeviceEvent(line, of: model))
                    }
                }
                // It asked while all this was read.
                if let end = reading.deletions?.end(of: device) { found.removeAll { $0.arrival <= end } }
                try await snapshot.note(reading.damaged, of: model)
                events += found
            }
            return events
        }
        for event in events { try body(event) }
    }

    func leftOut(of model: String?) throws -> DamagedEvents? {
        try Waiting.run { [snapshot] in try await snapshot.leftOut(of: model) }
    }

    func consents(of model: String?) throws -> [ConsentCount] { try store(model).consents(of: model) }

    func inputs(of model: String, after number: Int64, limit: Int, purpose: String?) throws -> [SharedInput] {
        try store(model).inputs(of: model, after: number, limit: limit, purpose: purpose)
    }

    func lastNumber() throws -> Int64 { try store(nil).lastNumber() }

    func codes(of model: String, version: String, purpose: String?) throws -> [SharedCode] {
        try store(model).codes(of: model, version: version, purpose: purpose)
    }

    func codeDevices(of model: String) throws -> [String: Int] { try store(model).codeDevices(of: model) }
}

extension DeviceEvent {
    /// An event of an object.
    fileprivate init(_ line: EventLine, of model: String) {
        self.init(
            model: model,
            id: line.id,
            item: line.item,
            time: line.time,
            arrival: line.arrival,
            uncertainty: line.uncertainty,
            code: line.code,
            consent: line.consent
        )
    }
}
