import Hummingbird
import ServiceLifecycle
import Synchronization

/// Samples the state of the service and sends it to open dashboards.
final class DashboardFeed: Service {
    private struct State {
        var history: DashboardHistory
        var viewers: [Int: AsyncStream<String>.Continuation] = [:]
        var nextViewer = 0
        /// Whether the feed has ended.
        var hasEnded = false
    }

    private let state: Mutex<State>
    private let interval: Duration
    private let hasTrial: Bool
    private let read: @Sendable () -> DashboardStatistics

    /// Maximum number of open dashboards.
    private static let viewerLimit = 64

    /// - Parameters:
    ///   - interval: Time between samples.
    ///   - hasTrial: Whether there is a page to try the models on.
    ///   - read: Reads the state of the service.
    init(interval: Duration = .seconds(2), hasTrial: Bool, read: @escaping @Sendable () -> DashboardStatistics) {
        self.interval = interval
        self.hasTrial = hasTrial
        self.read = read
        state = Mutex(State(history: DashboardHistory(read())))
    }

    /// The page as of the last sample.
    var page: DashboardPage { DashboardPage(state.withLock { $0.history }, hasTrial: hasTrial) }

    /// Open dashboards.
    var viewerCount: Int { state.withLock { $0.viewers.count } }

    /// Samples until the service stops; then the dashboards are closed.
    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                self.sample()
                try await Task.sleep(for: self.interval)
            }
        }
        let viewers = state.withLock { state in
            state.hasEnded = true
            return Array(state.viewers.values)
        }
        for viewer in viewers { viewer.finish() }
    }

    /// Takes a sample and sends it.
    func sample() {
        let moment = read()
        let (history, viewers) = state.withLock { state in
            state.history.append(moment)
            return (state.history, Array(state.viewers.values))
        }
        guard !viewers.isEmpty else { return }
        let live = DashboardPage(history, hasTrial: hasTrial).live
        for viewer in viewers { viewer.yield(live) }
    }

    /// The page's live part after every sample; `nil` where too many dashboards are open, or the feed has ended.
    ///
    /// Slow readers miss updates.
    func updates() -> AsyncStream<String>? {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
        let viewer = state.withLock { state -> Int? in
            guard !state.hasEnded, state.viewers.count < Self.viewerLimit else { return nil }
            state.nextViewer += 1
            state.viewers[state.nextViewer] = continuation
            return state.nextViewer
        }
        guard let viewer else { return nil }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.viewers[viewer] = nil } }
        return stream
    }
}
