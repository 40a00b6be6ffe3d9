/// What services say of a version: the entries of a model's `served.json`.
public struct VersionHealth: Codable, Sendable, Equatable {
    /// When a service last said that it serves the version, in seconds since 1970.
    public var served: Int?
    /// When a service last said that it cannot.
    public var failed: Int?
    /// Why it could not.
    public var reason: String?
    /// The host that said so last.
    public var by: String

    /// How often a service says again that it serves a version.
    static let interval = Duration.seconds(3600)

    /// Describes what one host says.
    public init(served: Int? = nil, failed: Int? = nil, reason: String? = nil, by: String) {
        self.served = served
        self.failed = failed
        self.reason = reason
        self.by = by
    }

    /// Whether the version was served, and nobody has failed at it since.
    public var isGood: Bool {
        guard let served else { return false }
        return failed.map { $0 <= served } ?? true
    }

    /// What is known once another host, or the same one later, has spoken too.
    func adding(_ other: VersionHealth) -> VersionHealth {
        VersionHealth(
            served: other.served ?? served,
            failed: other.failed ?? failed,
            reason: other.failed == nil ? reason : other.reason,
            by: other.by
        )
    }
}
