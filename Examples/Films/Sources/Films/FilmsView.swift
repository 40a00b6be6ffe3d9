#if canImport(SwiftUI)
import SwiftUI

/// The shelf on a screen: tap a film to choose it, pull to ask for new weights.
@available(iOS 17, macOS 14, *)
public struct FilmsView: View {
    @Bindable private var shelf: FilmShelf

    /// Shows a shelf.
    public init(_ shelf: FilmShelf) { self.shelf = shelf }

    /// The list.
    public var body: some View {
        List {
            Section { StatusLine(status: shelf.status) }
            Section("Best for you") {
                ForEach(shelf.best) { film in
                    Button(film.title) { Task { await shelf.choose(film) } }
                }
            }
            if let bytes = shelf.waitingBytes {
                let size = bytes.formatted(.byteCount(style: .file))
                Label("A new model (\(size)) waits for another network", systemImage: "hourglass")
            }
            if !shelf.chosen.isEmpty {
                Section("Chosen") { ForEach(shelf.chosen) { Text($0.title).foregroundStyle(.secondary) } }
            }
        }
        .animation(.default, value: shelf.best)
        .refreshable { await shelf.refresh() }
        .task { await shelf.start() }
    }
}

@available(iOS 17, macOS 14, *)
private struct StatusLine: View {
    let status: FilmShelf.Status

    var body: some View {
        switch status {
        case .opening(let share?): ProgressView("The model is being fetched", value: share)
        case .opening(nil): ProgressView("The model is being opened")
        case .base: Label("The same for everybody", systemImage: "person.3")
        case .personal: Label("Yours alone", systemImage: "person.fill.checkmark")
        case .refreshing: Label("Asking for new weights", systemImage: "arrow.clockwise")
        case .offline: Label("No network: what was there goes on", systemImage: "wifi.slash")
        case .failed(let reason): Label(reason, systemImage: "exclamationmark.triangle")
        }
    }
}
#endif
