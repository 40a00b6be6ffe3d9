import Foundation
import MetaNetworkClient

/// A device for scripts/record-golden: becomes personal, shares what it recorded, and goes offline with samples that wait.
///
/// Arguments: the server, the key as ID=BASE64, the app's key, the folder. Prints what it ranks as JSON.
@main
enum Device {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let parts = arguments[2].split(separator: "=", maxSplits: 1).map(String.init)
        guard let server = URL(string: arguments[1]) else { throw URLError(.badURL) }
        var configuration = PersonalModel.Configuration(trust: .keys([try PinnedKey(id: parts[0], base64: parts[1])]))
        configuration.credentials = .appKey(arguments[3])
        configuration.policy = AnyOf([])
        configuration.sharesSamples = true
        let model = try await PersonalModel(
            server: server,
            model: "movies",
            directory: URL(fileURLWithPath: arguments[4]),
            configuration: configuration
        )
        for round in 0..<2 {
            for sample in 0..<4 { await model.record("film-\(1 + round * 5 + sample)") }
            try await model.refresh()
        }
        for item in ["film-20", "film-21"] { await model.record(item) }
        let result = Result(
            recorded: Int(Date().timeIntervalSince1970),
            version: await model.version,
            history: await model.history,
            waiting: ["film-20", "film-21"],
            ranking: await model.topItems(.max).map { Item(id: $0.id, score: $0.score) }
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(result), as: UTF8.self))
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
