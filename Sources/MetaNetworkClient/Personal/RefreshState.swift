/// What goes on between a model and its service: the refresh that runs, when the next one may be, and what the last one came
/// to.
struct RefreshState: Sendable {
    private var schedule = RefreshSchedule()
    private var running: (task: Task<Void, any Error>, isAsking: Bool)?
    /// Wakes up for the next try after a failure.
    private var waiting: Task<Void, Never>?
    /// When the service is to be asked for its current version again, by the monotonic clock; `nil` before the first time.
    private var versionDue: Duration?
    /// Until when nothing is shared, by the monotonic clock.
    private var sharingNotBefore = Duration.zero
    /// Until when weights are asked for only where the app itself asks, by the monotonic clock.
    private var askingNotBefore = Duration.zero
    /// Why the last refresh failed, until one succeeds.
    private(set) var failure: ClientError?
    /// How much of a new version has come; `nil` while none is being fetched.
    private(set) var download: PersonalModel.Download?
    /// The new version that waits for a network that is not constrained; `nil` where none does.
    private(set) var deferred: PersonalModel.Download?
    /// Grows when everything is forgotten, so that an answer to what was forgotten is not used.
    private(set) var epoch = 0

    /// The refresh that runs now; `nil` where none does.
    var task: Task<Void, any Error>? { running?.task }

    /// Whether a refresh runs that asks for weights, rather than only shares samples.
    var isAsking: Bool { if let running { running.isAsking } else { false } }

    /// Whether a refresh may begin by itself.
    func mayBegin(at uptime: Duration) -> Bool { running == nil && uptime >= schedule.notBefore }

    /// How long the service asked to wait from now; zero or less where it did not, or the time is over.
    func wait(at uptime: Duration) -> Duration { schedule.asked - uptime }

    /// Notes that a refresh runs.
    mutating func begin(_ task: Task<Void, any Error>, isAsking: Bool) {
        waiting?.cancel()
        waiting = nil
        running = (task, isAsking)
    }

    /// Notes how much of a new version has come; `nil` where that is over.
    mutating func note(_ download: PersonalModel.Download?) { self.download = download }

    /// Notes that the service answered, though the refresh still runs.
    mutating func clearFailure() { failure = nil }

    /// Notes that the refresh succeeded.
    mutating func succeed() {
        schedule.succeed()
        running = nil
    }

    /// Notes that the refresh came to nothing, as what it was about was forgotten.
    mutating func abandon() { running = nil }

    /// Notes that the refresh failed.
    ///
    /// - Parameters:
    ///   - reason: Why.
    ///   - wait: What the service asked for, in seconds.
    ///   - backOff: How long to wait after failures.
    ///   - uptime: The monotonic clock.
    /// - Returns: How long to wait.
    mutating func fail(_ reason: ClientError, wait: Int?, _ backOff: BackOff, at uptime: Duration) -> Duration {
        running = nil
        failure = reason
        return schedule.fail(backOff, asking: wait, at: uptime)
    }

    /// Notes who wakes up for the next try.
    mutating func retry(by task: Task<Void, Never>) { waiting = task }

    /// Whether the service is to be asked for its current version again.
    func isVersionDue(at uptime: Duration) -> Bool { versionDue.map { uptime >= $0 } ?? true }

    /// Notes that the service is asked for its current version, and when it is to be asked again.
    mutating func noteVersionCheck(next uptime: Duration) { versionDue = uptime }

    /// Notes a new version that waits for another network; `nil` where none does any more.
    mutating func noteDeferred(_ download: PersonalModel.Download?) {
        deferred = download
        if download == nil { askingNotBefore = .zero }
    }

    /// Whether weights may be asked for without the app's asking.
    func mayAsk(at uptime: Duration) -> Bool { uptime >= askingNotBefore }

    /// Notes that the service has no weights for the version in use, whose successor waits.
    mutating func pauseAsking(until uptime: Duration) { askingNotBefore = uptime }

    /// Whether samples may be shared now.
    func mayShare(at uptime: Duration) -> Bool { uptime >= sharingNotBefore }

    /// Notes that nothing is shared until a time; weights are asked for meanwhile.
    mutating func pauseSharing(until uptime: Duration) { sharingNotBefore = uptime }

    /// Notes that everything was forgotten.
    mutating func forget() { epoch += 1 }

    /// Cancels the next try.
    func cancelRetry() { waiting?.cancel() }
}
