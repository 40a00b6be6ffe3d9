import Hummingbird
import ServiceLifecycle
import Synchronization

/// Watches the service and tells open dashboards how it does.
final class DashboardFeed: Service {
    private struct State {
        var history: DashboardHistory
        var viewers: [Int: AsyncStream<String>.Continuation] = [:]
        var nextViewer = 0
        /// Whether nobody is told anything any more.
        var isOver = false
    }

    private let state: Mutex<State>
    private let interval: Duration
    private let hasTrial: Bool
    private let read: @Sendable () -> DashboardStatistics

    /// Most dashboards that are told at the same time.
    private static let viewerLimit = 64

    /// - Parameters:
    ///   - interval: Time from one moment to the next.
    ///   - hasTrial: Whether there is a page to try the models on.
    ///   - read: How things stand.
    init(interval: Duration = .seconds(2), hasTrial: Bool, read: @escaping @Sendable () -> DashboardStatistics) {
        self.interval = interval
        self.hasTrial = hasTrial
        self.read = read
        state = Mutex(State(history: DashboardHistory(read())))
    }

    /// The page as things stand.
    var page: DashboardPage { DashboardPage(state.withLock { $0.history }, hasTrial: hasTrial) }

    /// Dashboards that are told.
    var viewerCount: Int { state.withLock { $0.viewers.count } }

    /// Looks again and again until the service stops; then the dashboards are let go.
    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                self.look()
                try await Task.sleep(for: self.interval)
            }
        }
        let viewers = state.withLock { state in
            state.isOver = true
            return Array(state.viewers.values)
        }
        for viewer in viewers { viewer.finish() }
    }

    /// Takes the next moment and tells the dashboards.
    func look() {
        let moment = read()
        let (history, viewers) = state.withLock { state in
            state.history.append(moment)
            return (state.history, Array(state.viewers.values))
        }
        guard !viewers.isEmpty else { return }
        let live = DashboardPage(history, hasTrial: hasTrial).live
        for viewer in viewers { viewer.yield(live) }
    }

    /// The page's live part, each time that it changes; `nil` where too many look already, or the service stops.
    ///
    /// Who is slow misses some.
    func updates() -> AsyncStream<String>? {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
        let viewer = state.withLock { state -> Int? in
            guard !state.isOver, state.viewers.count < Self.viewerLimit else { return nil }
            state.nextViewer += 1
            state.viewers[state.nextViewer] = continuation
            return state.nextViewer
        }
        guard let viewer else { return nil }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.viewers[viewer] = nil } }
        return stream
    }
}
