import Foundation
import MetaNetworkClient

/// Becomes personal, shares what it recorded, and goes offline with samples that wait.
enum Movies {
    /// - Returns: What it ranks, as JSON.
    static func run(_ server: URL, directory: URL, _ given: PersonalModel.Configuration) async throws -> Data {
        var configuration = given
        configuration.sharesSamples = true
        let model = try await PersonalModel(
            server: server,
            model: "movies",
            directory: directory,
            configuration: configuration
        )
        for round in 0..<2 {
            for sample in 0..<4 { await model.record("film-\(1 + round * 5 + sample)") }
            try await model.refresh()
        }
        for item in ["film-20", "film-21"] { await model.record(item) }
        return try Device.json(
            Result(
                recorded: Int(Date().timeIntervalSince1970),
                version: await model.version,
                history: await model.history,
                waiting: ["film-20", "film-21"],
                ranking: await model.topItems(.max).map { Item(id: $0.id, score: $0.score) }
            )
        )
    }

    private struct Item: Encodable {
        let id: String
        let score: Float
    }

    private struct Result: Encodable {
        let recorded: Int
        let version: String
        let history: [String]
        /// What is in the outbox.
        let waiting: [String]
        let ranking: [Item]
    }
}
