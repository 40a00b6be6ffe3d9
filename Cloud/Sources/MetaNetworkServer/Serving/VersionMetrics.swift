import MetaNetworkWire
import Metrics

/// The metrics of one version; they go with it.
struct VersionMetrics: Sendable {
    private let answers: Counter
    private let failures: Counter
    private let tooLong: Counter
    private let known: Counter
    private let unknown: Counter
    private let norms: Recorder
    private let choices: [SampleEvents.Event.Ranking.Weights: Counter]
    private let unknownChoices: Counter

    init(_ id: BundleID) {
        let own = [("model", id.model), ("version", id.version)]
        answers = Counter(.answers, own)
        failures = Counter(.generationFailures, own)
        tooLong = Counter(.weightsTooLong, own)
        known = Counter(.samples, own + [("known", "true")])
        unknown = Counter(.samples, own + [("known", "false")])
        norms = Recorder(.weightsNorm, own)
        let words = SampleEvents.Event.Ranking.Weights.allCases
        choices = Dictionary(
            uniqueKeysWithValues: words.map { ($0, Counter(.choices, own + [("weights", $0.rawValue)])) }
        )
        unknownChoices = Counter(.unknownChoices, own)
    }

    /// Counts devices that were answered.
    func answered(_ count: Int) { answers.increment(by: count) }

    /// Counts devices for which generation failed.
    func failed(_ count: Int) { failures.increment(by: count) }

    /// Takes note of generated weights.
    ///
    /// - Parameters:
    ///   - norm: Of all values together.
    ///   - isTooLong: Whether devices refuse them.
    func generated(norm: Double, isTooLong: Bool) {
        norms.record(norm)
        if isTooLong { tooLong.increment() }
    }

    /// Counts samples of a request.
    ///
    /// - Parameters:
    ///   - count: Those that the version knows.
    ///   - all: All that it reads.
    func read(known count: Int, of all: Int) {
        known.increment(by: count)
        unknown.increment(by: all - count)
    }

    /// Counts what a device chose.
    func chose(_ ranking: SampleEvents.Event.Ranking) {
        choices[ranking.weights]?.increment()
        if ranking.rank == nil { unknownChoices.increment() }
    }

    /// Ends the metrics: versions come and go, and their labels with them.
    func retire() {
        for counter in [answers, failures, tooLong, known, unknown, unknownChoices] + choices.values {
            counter.destroy()
        }
        norms.destroy()
    }
}
