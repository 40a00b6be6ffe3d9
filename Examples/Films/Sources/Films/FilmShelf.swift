import Foundation
import MetaNetworkClient
import Observation

/// What the app shows: the best films, and what the model is doing. A view reads it and calls it; nothing here knows of views.
@available(iOS 17, macOS 14, *)
@MainActor
@Observable
public final class FilmShelf {
    /// A film on the shelf.
    public struct Film: Identifiable, Sendable, Equatable {
        /// Its raw id.
        public let id: String
        /// What it is called.
        public let title: String
    }

    /// What the model does, in words for a person.
    public enum Status: Sendable, Equatable {
        /// The model is being opened, or its files are being fetched: from 0 to 1, `nil` where nobody knows.
        case opening(Double?)
        /// The same ranking for everybody.
        case base
        /// A ranking of the user's own.
        case personal
        /// New weights are being asked for.
        case refreshing
        /// There is no network; what was there goes on.
        case offline
        /// There is no model: why.
        case failed(String)
    }

    /// The best films, the first one first, without those that were chosen.
    public private(set) var best: [Film] = []
    /// What was chosen, the last one first.
    public private(set) var chosen: [Film] = []
    /// What the model does.
    public private(set) var status = Status.opening(nil)
    /// Bytes of a new model that waits for a network without Low Data Mode; `nil` where none waits.
    public private(set) var waitingBytes: Int?

    private let titles: [String: String]
    private let open: @Sendable () async throws -> PersonalModel
    @ObservationIgnored private var model: PersonalModel?
    @ObservationIgnored private var following: Task<Void, Never>?

    /// Films that are shown at once.
    private static let shown = 20

    /// Creates an empty shelf.
    ///
    /// - Parameters:
    ///   - titles: Title of each raw id; a film without one is shown by its id.
    ///   - open: Opens the model; called by ``start()``.
    public init(titles: [String: String], open: @escaping @Sendable () async throws -> PersonalModel) {
        (self.titles, self.open) = (titles, open)
    }

    deinit { following?.cancel() }

    /// Opens the model, and follows what it does. Once is enough; after a failure it tries again.
    public func start() async {
        guard model == nil else { return }
        status = .opening(nil)
        do {
            let model = try await open()
            self.model = model
            await show()
            following = Task { [weak self] in
                for await state in await model.states {
                    guard let self else { return }
                    await self.follow(state)
                }
            }
        } catch {
            status = .failed("\(error)")
        }
    }

    /// Notes that the user chose a film.
    public func choose(_ film: Film) async {
        await model?.record(film.id)
        await show()
    }

    /// Asks for new weights now, for example when the user pulls the list down. What happens ``status`` says.
    public func refresh() async {
        try? await model?.refresh()
        await show()
    }

    /// What an app does with the minutes that the system gives it in the background: new weights, and what waits to be shared.
    public func refreshInBackground() async {
        await start()
        await refresh()
        await model?.waitUntilIdle()
    }

    /// Forgets the user, on this device and at the service.
    ///
    /// - Throws: What ``PersonalModel/forget()`` throws.
    public func forget() async throws {
        try await model?.forget()
        await show()
    }

    private func follow(_ state: PersonalModel.State) async {
        // Told again after each refresh for as long as it waits.
        if case .refreshing = state { waitingBytes = nil }
        switch state {
        case .base, .guarded, .retired: status = .base
        case .personal: status = .personal
        case .refreshing: status = .refreshing
        case .fetching(let download): status = .opening(Double(download.received) / Double(max(1, download.total)))
        case .offline: status = .offline
        case .waiting(let download): waitingBytes = download.total - download.received
        case .notice: return
        }
        await show()
    }

    private func show() async {
        guard let model else { return }
        let history = await model.history
        let items = await model.topItems(Self.shown, excluding: Set(history))
        best = items.map { film($0.id) }
        chosen = history.reversed().map(film)
    }

    private func film(_ id: String) -> Film { Film(id: id, title: titles[id] ?? id) }
}
