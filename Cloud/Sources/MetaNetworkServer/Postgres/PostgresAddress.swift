import CPQ
import Foundation

/// Where a database of PostgreSQL is: `postgres://user@host:5432/database?sslmode=verify-full`, in the form of libpq, whose variables
/// (`PGPASSWORD`, `PGPASSFILE`, `PGSSLROOTCERT`) hold for what it leaves out.
struct PostgresAddress: Sendable, CustomStringConvertible {
    /// What libpq is told, by its own keys.
    let parameters: [String: String]

    /// Reads an address.
    ///
    /// - Throws: ``ConfigurationProblem``, which does not repeat the address: it may have a password.
    init(_ text: String) throws(ConfigurationProblem) {
        var reason: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &reason) else {
            defer { PQfreemem(reason) }
            // What libpq quotes may be the address.
            let words = reason.map { String(cString: $0).prefix { $0 != "\"" } } ?? ""
            throw ConfigurationProblem(
                "libpq cannot read the address of PostgreSQL (\(words.trimmingSuffix(" :\n"))); give "
                    + "postgres://USER@HOST:PORT/DATABASE?sslmode=verify-full, with what is special in it as %XX"
            )
        }
        defer { PQconninfoFree(options) }
        var given: [String: String] = [:]
        var option = options
        while let key = option.pointee.keyword {
            if let value = option.pointee.val { given[String(cString: key)] = String(cString: value) }
            option += 1
        }
        parameters = given.merging(Self.defaults) { own, _ in own }
        try checkEncryption(ProcessInfo.processInfo.environment)
    }

    /// Refuses a server elsewhere where nobody said how the connection is protected: libpq would go on in the open where it is told to.
    private func checkEncryption(_ environment: [String: String]) throws(ConfigurationProblem) {
        let host = parameters["host"] ?? parameters["hostaddr"] ?? environment["PGHOST"] ?? ""
        // A service of libpq's own file says both.
        guard parameters["sslmode"] ?? environment["PGSSLMODE"] == nil, parameters["service"] == nil,
            environment["PGSERVICE"] == nil, !host.split(separator: ",").allSatisfy(Self.isHere)
        else { return }
        throw ConfigurationProblem(
            "the address of PostgreSQL does not say how the connection to \(host) is protected: add ?sslmode=verify-full (its certificate's "
                + "authority in PGSSLROOTCERT), or sslmode=disable where the network is"
        )
    }

    /// Whether a host is a socket's folder, or this machine.
    private static func isHere(_ host: Substring) -> Bool {
        host.hasPrefix("/") || host.hasPrefix("@") || ["localhost", "::1"].contains(host) || host.hasPrefix("127.")
    }

    /// Whether a text is meant as one.
    static func isAddress(_ text: String) -> Bool {
        text.hasPrefix("postgres://") || text.hasPrefix("postgresql://")
    }

    /// The address without a password.
    var description: String {
        let user = parameters["user"].map { "\($0)@" } ?? ""
        let host = (parameters["host"] ?? parameters["hostaddr"]).map { $0.hasPrefix("/") ? "" : $0 } ?? ""
        let port = parameters["port"].map { ":\($0)" } ?? ""
        return "postgres://\(user)\(host)\(port)/\(parameters["dbname"] ?? "")"
    }

    /// Seconds to connect in. A server that acknowledges nothing for 15,000 ms is taken for gone, and, where it owes an answer, one whose
    /// machine does not answer three probes of the connection.
    private static let defaults = [
        "application_name": "metanetwork", "client_encoding": "UTF8", "connect_timeout": "5",
        "tcp_user_timeout": "15000", "keepalives_idle": "5", "keepalives_interval": "5", "keepalives_count": "2",
    ]
}

extension Substring {
    /// Without the last characters, where they are among these.
    fileprivate func trimmingSuffix(_ characters: String) -> Substring {
        var text = self
        while let last = text.last, characters.contains(last) { text.removeLast() }
        return text
    }
}
