// The app around the shelf: add this file to an iOS app target, with the packages of README.md.
import BackgroundTasks
import Films
import Foundation
import MetaNetworkClient
import SwiftUI

@main
struct FilmsApp: App {
    /// Also in Info.plist, under BGTaskSchedulerPermittedIdentifiers.
    private static let refreshTask = "org.example.films.refresh"

    @State private var shelf = FilmShelf(titles: FilmsApp.titles) {
        // As `metanetwork serve` and `metanetwork keys new --publisher` print them.
        let key = try PinnedKey(id: "2026", base64: "…")
        let publisher = try PinnedKey(id: "films", base64: "…")
        var configuration = PersonalModel.Configuration(trust: .keys([key], publishers: [publisher]))
        configuration.bundle = Bundle.main.url(forResource: "films", withExtension: nil)
        // Wi-Fi alone, and no new model in Low Data Mode, which is what the SDK does unless told otherwise; in Low Power Mode the model
        // asks for nothing by itself, only when the system gives the app its few seconds at night.
        configuration.transport = URLSessionTransport(allowsExpensiveNetwork: false)
        configuration.refreshesInLowPowerMode = false
        guard let server = URL(string: "https://models.example.com") else { throw URLError(.badURL) }
        return try await PersonalModel(
            server: server,
            model: "films",
            directory: URL.applicationSupportDirectory,
            configuration: configuration
        )
    }
    @Environment(\.scenePhase) private var phase

    var body: some Scene {
        WindowGroup { NavigationStack { FilmsView(shelf).navigationTitle("Films") } }
            .backgroundTask(.appRefresh(Self.refreshTask)) {
                Self.scheduleRefresh()
                await shelf.refreshInBackground()
            }
            .onChange(of: phase) { if phase == .background { Self.scheduleRefresh() } }
    }

    /// Asks the system for a few seconds at night; it decides when.
    private static func scheduleRefresh() {
        let request = BGAppRefreshTaskRequest(identifier: refreshTask)
        request.earliestBeginDate = .now.addingTimeInterval(6 * 3_600)
        try? BGTaskScheduler.shared.submit(request)
    }

    /// Title of each raw id, from a file in the app.
    private static let titles: [String: String] = {
        guard let url = Bundle.main.url(forResource: "titles", withExtension: "json"),
            let data = try? Data(contentsOf: url)
        else {
            return [:]
        }
        return (try? JSONDecoder().decode([String: String].self, from: data)) ?? [:]
    }()
}
