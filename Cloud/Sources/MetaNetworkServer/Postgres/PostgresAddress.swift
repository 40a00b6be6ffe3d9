import CPQ

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

    /// Seconds to connect in, and milliseconds after which a server that says nothing any more is taken for gone.
    private static let defaults = [
        "application_name": "metanetwork", "client_encoding": "UTF8", "connect_timeout": "5",
        "tcp_user_timeout": "15000",
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
