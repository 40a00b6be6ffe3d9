import Foundation
import GRDB

/// Reads the samples that devices shared, for training. The service may go on writing meanwhile.
public struct EventReader: Sendable {
    private let database: DatabaseQueue

    /// Opens the file of a service's events.
    ///
    /// - Throws: ``ConfigurationProblem``, where it is not there or holds something else.
    public init(_ file: URL) throws(ConfigurationProblem) {
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw ConfigurationProblem("\(file.path) is not there; name the file given to `metanetwork serve --events`")
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let hasEvents: Bool
        do {
            database = try DatabaseQueue(path: file.path, configuration: configuration)
            hasEvents = try database.read { try $0.tableExists("event") }
        } catch {
            throw ConfigurationProblem("\(file.path) cannot be read as SQLite: \(error); name a file of events")
        }
        guard hasEvents else {
            throw ConfigurationProblem(
                "\(file.path) holds no events; name the file given to `metanetwork serve --events`"
            )
        }
    }

    /// The models that events were shared for, in order.
    public func models() throws -> [String] {
        try database.read { try String.fetchAll($0, sql: "SELECT DISTINCT model FROM event ORDER BY model") }
    }

    /// Reads all events of a model as they stand at one moment, device by device, in order of time and then of arrival.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - body: Receives device, item and time (seconds since 1970) of each.
    public func forEach(
        model: String,
        _ body: (_ device: String, _ item: String, _ time: Int) throws -> Void
    ) throws {
        try database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT device, item, time FROM event WHERE model = ? ORDER BY device, time, number",
                arguments: [model]
            )
            while let row = try rows.next() { try body(row[0], row[1], row[2]) }
        }
    }
}
