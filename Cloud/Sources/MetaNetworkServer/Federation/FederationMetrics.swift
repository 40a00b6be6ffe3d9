import Metrics

/// What operators see of a federation.
struct FederationMetrics: Sendable {
    let taken: Counter
    let lost: Counter
    private let round: Meter
    private let joined: Meter
    private let arrived: Meter
    private let missing: Meter
    private let model: String

    init(_ model: String) {
        let dimensions = [("model", model)]
        taken = Counter(.federatedUpdates, dimensions)
        lost = Counter(.federatedLost, dimensions)
        round = Meter(.federatedRound, dimensions)
        joined = Meter(.federatedDevices, dimensions + [("state", "joined")])
        arrived = Meter(.federatedDevices, dimensions + [("state", "arrived")])
        missing = Meter(.federatedMissing, dimensions)
        self.model = model
    }

    /// Shows where a round is.
    func show(_ open: OpenRound, _ configuration: FederationConfiguration) {
        round.set(open.number)
        joined.set(open.joined)
        arrived.set(open.arrivedCount)
        let isOver = open.number >= configuration.rounds
        missing.set(isOver ? 0 : max(0, configuration.quorum - open.arrivedCount))
    }

    /// Counts a refusal by its reason.
    func count(_ refusal: FederationRefusal) {
        Counter(.federatedRefused, [("model", model), ("reason", refusal.word)]).increment()
    }
}
