import Foundation

extension PersonalModel {
    /// The state now.
    public var state: State {
        if refreshState.isAsking { return .refreshing }
        if let failure = refreshState.failure { return .offline(failure) }
        if let age { return .personal(age) }
        return .base
    }

    /// How old the personal weights in use are; `nil` while the base model ranks.
    public var age: Age? {
        parameters.map {
            let seconds = $0.age(at: configuration.time.uptime()).components.seconds
            return Age(samples: samples.count(after: $0.lastSample), seconds: Int(seconds))
        }
    }

    /// The states from now on, the present one first; each caller gets a stream of its own, with the last 64 that it has
    /// not yet read.
    public var states: AsyncStream<State> {
        observers.stream(state) { id in
            Task { [weak self] in await self?.removeObserver(id) }
        }
    }

    private func removeObserver(_ id: UUID) { observers.remove(id) }
}
