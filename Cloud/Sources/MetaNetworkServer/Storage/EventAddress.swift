import Foundation

/// Where shared events are kept: an SQLite file, or a database of PostgreSQL.
package struct EventAddress: Sendable, CustomStringConvertible {
    private enum Place {
        case file(URL)
        case database(PostgresAddress)
    }

    private let place: Place

    /// Reads an address.
    ///
    /// - Parameter text: The path of a file, or `postgres://user@host/database`.
    /// - Throws: ``ConfigurationProblem`` where it is none.
    package init(_ text: String) throws(ConfigurationProblem) {
        place =
            PostgresAddress.isAddress(text)
            ? .database(try PostgresAddress(text)) : .file(URL(fileURLWithPath: text))
    }

    /// The file; `nil` where there is a server.
    package var file: URL? { if case .file(let file) = place { file } else { nil } }

    /// The address without a password.
    package var description: String {
        switch place {
        case .file(let file): file.path
        case .database(let address): address.description
        }
    }

    /// Opens the store for a service; what does not exist is made.
    ///
    /// - Throws: ``ConfigurationProblem``.
    package func open(quota: EventQuota = EventQuota()) throws(ConfigurationProblem) -> any EventStore {
        switch place {
        case .file(let file): try SQLiteEventStore(file, quota: quota)
        case .database(let address): try PostgresEventStore(address, quota: quota)
        }
    }

    /// Opens the store of a service to read its events; the service may go on writing meanwhile.
    ///
    /// - Throws: ``ConfigurationProblem`` where it does not exist or holds something else.
    package func read() throws(ConfigurationProblem) -> any EventSource {
        switch place {
        case .file(let file): try SQLiteEventStore(reading: file)
        case .database(let address): try PostgresEventStore(reading: address)
        }
    }
}
