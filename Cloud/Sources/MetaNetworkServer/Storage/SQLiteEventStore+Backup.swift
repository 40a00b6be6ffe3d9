import Foundation
import GRDB
import MetaNetworkWire

extension SQLiteEventStore {
    /// Copies the events as they stand at one moment to a new file; a service may go on writing.
    ///
    /// - Throws: ``ConfigurationProblem`` where the file is there already, or cannot be written.
    public func backup(to file: URL) throws(ConfigurationProblem) {
        guard FileManager.default.createFile(exclusively: file) else {
            throw ConfigurationProblem("\(file.path) cannot be made, or is there already; name a new file")
        }
        do {
            let queue = try DatabaseQueue(path: file.path)
            try database.backup(to: queue)
            // One file, without a log beside it.
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
            try queue.close()
        } catch {
            try? FileManager.default.removeItem(at: file)
            throw ConfigurationProblem("\(file.path) cannot be written: \(error); name a file on a disk with more room")
        }
    }

    /// Puts a backup in place of a lost file. Deletions that `FILE.deletions` has and the backup has not are carried out.
    ///
    /// - Returns: How many events the backup had, and how many of them are left.
    /// - Throws: ``ConfigurationProblem`` where the backup is none, or the file is there.
    public static func restore(
        _ backup: URL,
        to file: URL
    ) throws(ConfigurationProblem) -> (before: Int, after: Int) {
        let source = try SQLiteEventStore(reading: backup)
        try source.backup(to: file)
        let store = try SQLiteEventStore(file)
        do {
            return (try source.count(), try store.count())
        } catch {
            throw ConfigurationProblem("\(file.path) cannot be read: \(error); take another backup")
        }
    }

    /// Reads what a device shared, model by model, in the order of its arrival.
    package func forEachEvent(ofDevice device: String, _ body: (DeviceEvent) throws -> Void) throws {
        try database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT model, id, item, time, arrival, \(Self.uncertainty(in: database)),
                        \(Self.version(in: database)), \(Self.purpose(in: database)), \(Self.consent(in: database)) FROM event
                    WHERE device = ? ORDER BY model, number
                    """,
                arguments: [device]
            )
            while let row = try rows.next() {
                let code = (row[6] as String?).map { SampleEvents.Event.Code(version: $0, values: row[2]) }
                try body(
                    DeviceEvent(
                        model: row[0],
                        id: row[1],
                        item: code == nil ? row[2] : "",
                        time: row[3],
                        arrival: row[4],
                        uncertainty: row[5],
                        code: code,
                        consent: .stored(row[7], row[8])
                    )
                )
            }
        }
    }
}

extension FileManager {
    /// Makes an empty file that only its owner can read; `false` where there is one, or it cannot be made.
    fileprivate func createFile(exclusively file: URL) -> Bool {
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }
}
