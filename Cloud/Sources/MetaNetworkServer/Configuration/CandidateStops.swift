/// When a candidate is dropped without an operator.
public struct CandidateStops: Sendable, Equatable {
    /// Devices with shared choices that a version and the hold-out must have before their quality is compared.
    public var leastDevices = 50
    /// Share of the candidate's devices for which generation may fail, or weights may be longer than devices take.
    public var failedShare = 0.05

    /// Devices before which failures stop nothing.
    static let leastFailing = 3
    /// Standard errors of the intervals that decide: those of 99.9 %. They are looked at again and again, so they must be wider than
    /// those that are shown.
    static let errors = 3.290526731491896

    /// Creates the default settings.
    public init() {}
}
