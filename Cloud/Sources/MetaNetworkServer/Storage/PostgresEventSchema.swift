/// The tables of events in a database, all of a schema of their own, `metanetwork`.
struct PostgresEventSchema {
    let connection: PostgresConnection

    init(_ connection: PostgresConnection) { self.connection = connection }

    /// What a new connection does first.
    ///
    /// - Throws: ``ConfigurationProblem`` where the server would lose what was acknowledged, or does not keep every text.
    func prepare(isReading: Bool) throws {
        // A service that has gone without a word, in the middle of a commit, must not hold the lock for hours.
        try connection.execute(
            """
            SET search_path = metanetwork, pg_temp; SET idle_in_transaction_session_timeout = '30s'; SET lock_timeout = '10s';
            SET client_min_messages = warning
            """
        )
        if isReading { try connection.execute("SET default_transaction_read_only = on") }
        let (fsync, encoding) = (try setting("fsync"), try setting("server_encoding"))
        guard isReading || fsync == "on" else {
            throw ConfigurationProblem(
                "the server does not wait for its disk (fsync is \(fsync)), so acknowledged events could be lost; set fsync = on"
            )
        }
        guard encoding == "UTF8" else {
            throw ConfigurationProblem(
                "the database is encoded in \(encoding), which lacks characters of items; make one with `createdb --encoding=UTF8 "
                    + "--template=template0`"
            )
        }
        if ["off", "local"].contains(try setting("synchronous_commit")) {
            try connection.execute("SET synchronous_commit = on")
        }
    }

    private func setting(_ name: String) throws -> String {
        try connection.execute("SELECT current_setting($1)", name).only().value(0)
    }

    /// Makes the tables, or brings those of an earlier release up to this one; several services may do so at once.
    ///
    /// - Throws: ``ConfigurationProblem`` where a later release made them.
    func make() throws {
        if try version() == Self.migrations.count { return }
        try connection.transaction {
            try connection.execute("SELECT pg_advisory_xact_lock($1)", Self.lock)
            if try version() == nil {
                try connection.execute(
                    """
                    CREATE SCHEMA metanetwork; CREATE TABLE metanetwork.schema_version (version integer NOT NULL);
                    INSERT INTO metanetwork.schema_version (version) VALUES (0)
                    """
                )
            }
            guard let version = try version() else { preconditionFailure("the version was just written") }
            for migration in Self.migrations.dropFirst(version) { try connection.execute(migration) }
            try connection.execute("UPDATE schema_version SET version = $1", Self.migrations.count)
        }
    }

    /// Checks that there are tables which this release can read.
    ///
    /// - Throws: ``ConfigurationProblem``.
    func check() throws {
        guard let version = try version(), version == Self.migrations.count else {
            throw ConfigurationProblem("it holds no events; name the database given to `metanetwork serve --events`")
        }
    }

    /// The version of the tables; `nil` where there are none.
    private func version() throws -> Int? {
        let table: String? = try connection.execute("SELECT to_regclass('metanetwork.schema_version')").only().optional(
            0
        )
        guard table != nil else { return nil }
        let version: Int = try connection.execute("SELECT version FROM metanetwork.schema_version").only().value(0)
        guard version <= Self.migrations.count else {
            throw ConfigurationProblem(
                "its tables are of version \(version), made by a later release, and this one knows up to "
                    + "\(Self.migrations.count); use that release, or name another database"
            )
        }
        return version
    }

    /// Held while tables are made: any number that no other program locks.
    private static let lock = 0x6D65_7461_6E65_7477

    /// What each version adds to the one before. `number` keeps the order of arrival. Texts are compared byte by byte, as in SQLite.
    private static let migrations = [
        """
        CREATE TABLE event (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            device text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, model text COLLATE "C" NOT NULL,
            item text COLLATE "C" NOT NULL, time bigint NOT NULL, arrival bigint NOT NULL, uncertainty real,
            version text COLLATE "C", purpose text COLLATE "C", consent text COLLATE "C", UNIQUE (device, id)
        );
        CREATE INDEX event_arrival ON event (arrival);
        CREATE TABLE totals (bytes bigint NOT NULL);
        INSERT INTO totals (bytes) VALUES (0);
        CREATE TABLE device_day (
            day bigint NOT NULL, device text COLLATE "C" NOT NULL, events bigint NOT NULL, PRIMARY KEY (day, device)
        );
        CREATE TABLE device_choices (
            model text COLLATE "C" NOT NULL, version text COLLATE "C" NOT NULL, held_out boolean NOT NULL, trial bigint NOT NULL,
            device text COLLATE "C" NOT NULL, choices bigint NOT NULL, hits bigint NOT NULL, gain double precision NOT NULL,
            arrival bigint NOT NULL, PRIMARY KEY (model, version, held_out, trial, device)
        );
        CREATE INDEX device_choices_device ON device_choices (device);
        CREATE INDEX device_choices_arrival ON device_choices (arrival);
        CREATE TABLE deletion_log (id text PRIMARY KEY, device text COLLATE "C" NOT NULL, time bigint NOT NULL);
        CREATE TABLE deletion (id text PRIMARY KEY, device text COLLATE "C" NOT NULL, time bigint NOT NULL)
        """
    ]
}
