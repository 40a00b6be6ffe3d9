import Foundation

extension PersonalModel {
    /// The state now.
    public var state: State {
        if refreshState.isAsking { return refreshState.download.map { .fetching($0) } ?? .refreshing }
        if let failure = refreshState.failure { return .offline(failure) }
        return refreshState.deferred.map { .waiting($0) } ?? standing
    }

    /// Tells all who follow the state now.
    func tellState() { for state in statesNow { observers.tell(state) } }

    /// The state now; where it is that a new version waits, which may be for days, what answers meanwhile comes first.
    private var statesNow: [State] {
        if case .waiting = state { [standing, state] } else { [state] }
    }

    /// Which weights answer, whatever the network does: ``State/base``, ``State/personal(_:)``, ``State/guarded(_:)`` or
    /// ``State/retired(_:)``.
    public var standing: State {
        guard let parameters else { return .base }
        let seconds = parameters.age(at: configuration.time.uptime()).components.seconds
        let age = Age(samples: samples.count(after: parameters.lastSample), seconds: Int(seconds))
        if isPast(parameters) { return .retired(age) }
        return qualityGuard.prefersBase ? .guarded(age) : .personal(age)
    }

    /// How old the personal weights in use are; `nil` while the base model answers.
    public var age: Age? { if case .personal(let age) = standing { age } else { nil } }

    /// The states from now on, the present one first, after ``standing`` where it is ``State/waiting(_:)``; each caller gets a stream of
    /// its own, with the last 256 that it has not yet read.
    public var states: AsyncStream<State> {
        observers.stream(statesNow) { id in
            Task { [weak self] in await self?.removeObserver(id) }
        }
    }

    private func removeObserver(_ id: UUID) { observers.remove(id) }
}
