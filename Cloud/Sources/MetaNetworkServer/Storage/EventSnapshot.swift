import GRDB
import MetaNetwork

/// Events of objects, as they stood when they were first asked for, in a file of SQLite's that has no name and ends with the process: without
/// repeats and what was deleted, in the order in which they are read.
actor EventSnapshot {
    private let objects: any ObjectStore
    private var store: SQLiteEventStore?
    private var models: Set<String> = []
    /// The objects that were damaged, by model.
    private var damaged: [String: Set<EventObject>] = [:]

    init(_ objects: any ObjectStore) { self.objects = objects }

    /// A store that has the events of a model, and of those that were asked for before.
    ///
    /// - Parameter model: The model; `nil` for all.
    /// - Throws: ``ObjectStoreError``, or ``ConfigurationProblem`` where there is no room.
    func events(of model: String?) async throws -> SQLiteEventStore {
        let store = try opened()
        let wanted = if let model { [model] } else { try await objects.eventModels() }
        for model in wanted where !models.contains(model) {
            let reading = try await EventObjects(objects).forEach(of: model) { try Self.add($0, of: model, to: store) }
            if let deletions = reading.deletions { try Self.remove(deletions, of: model, from: store) }
            try await note(reading.damaged, of: model)
            models.insert(model)
        }
        return store
    }

    /// Keeps which objects were damaged when a model's were read.
    func note(_ found: Set<EventObject>, of model: String) async throws {
        // Those too that were set aside before, or are by now.
        damaged[model] = try await found.union(objects.damagedEvents(of: model))
    }

    /// What is left out of events, as they were first asked for.
    ///
    /// - Parameter model: The model; `nil` for all, those too of which nothing else is left.
    func leftOut(of model: String?) async throws -> DamagedEvents? {
        let wanted = if let model { [model] } else { try await objects.eventModels() }
        for model in wanted where self.damaged[model] == nil { _ = try await events(of: model) }
        var damaged = wanted.reduce(into: Set<EventObject>()) { $0.formUnion(self.damaged[$1, default: []]) }
        if model == nil { damaged.formUnion(try await objects.damagedEvents(of: nil)) }
        guard !damaged.isEmpty else { return nil }
        let ordered = damaged.sorted(by: EventObject.isBefore)
        return DamagedEvents(objects: ordered.map { DamagedEvents.Object(key: $0.key, events: $0.count) })
    }

    /// Removes what was deleted after it was read.
    private static func remove(_ deletions: EventDeletions, of model: String, from store: SQLiteEventStore) throws {
        do {
            try store.database.write { database in
                let select = "SELECT DISTINCT device FROM event WHERE model = ?"
                for device in try String.fetchAll(database, sql: select, arguments: [model]) {
                    guard let end = deletions.end(of: device) else { continue }
                    try database.execute(
                        sql: "DELETE FROM event WHERE model = ? AND device = ? AND arrival <= ?",
                        arguments: [model, device, end]
                    )
                }
            }
        } catch {
            throw noRoom(error)
        }
    }

    private func opened() throws -> SQLiteEventStore {
        if let store { return store }
        do {
            var configuration = Configuration()
            // Nothing of it is ever read again: nothing waits for the disk.
            configuration.prepareDatabase {
                try $0.execute(sql: "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF")
            }
            // Whatever ends the process, devices' events are not left among temporary files.
            let queue = try DatabaseQueue(path: "", configuration: configuration)
            try SQLiteEventStore.migrator.migrate(queue)
            let new = SQLiteEventStore(queue, nil, quota: EventQuota(), waitingLimit: .max, now: { 0 })
            store = new
            return new
        } catch {
            throw Self.noRoom(error)
        }
    }

    private static func add(_ lines: [EventLine], of model: String, to store: SQLiteEventStore) throws {
        do {
            try store.database.write { database in
                var start = lines.startIndex
                // One insertion has one time of arrival, and a message one device.
                while start < lines.endIndex {
                    let first = lines[start]
                    let end =
                        lines[start...].firstIndex { $0.device != first.device || $0.arrival != first.arrival }
                        ?? lines.endIndex
                    let insertion = EventInsertion(database: database, quota: EventQuota(), now: first.arrival)
                    let message = EventMessage(
                        device: first.device,
                        model: model,
                        events: lines[start..<end].map(\.event)
                    )
                    _ = try insertion.insert([message])
                    start = end
                }
            }
        } catch {
            throw noRoom(error)
        }
    }

    private static func noRoom(_ error: any Error) -> ConfigurationProblem {
        ConfigurationProblem(
            "the events of S3 cannot be laid down on this machine to be read: \(error); make room, or give TMPDIR another folder"
        )
    }
}
