/// How much a store of events takes.
public struct EventQuota: Sendable, Equatable {
    /// Maximum number of new events of one device a day (UTC); `nil` for any number. Devices that are not known have no quota.
    public var deviceEvents: Int?
    /// Size in bytes from which on no more events are taken; `nil` for any. It does not count what deleted events left free.
    public var bytes: Int?

    /// Creates a quota.
    public init(deviceEvents: Int? = nil, bytes: Int? = nil) {
        self.deviceEvents = deviceEvents
        self.bytes = bytes
    }

    static let secondsOfDay = 86_400

    /// The number of the day that a time lies in.
    static func day(of time: Int) -> Int { time / secondsOfDay }

    /// Seconds until the next day begins.
    static func secondsOfDayLeft(at time: Int) -> Int { secondsOfDay - time % secondsOfDay }
}
