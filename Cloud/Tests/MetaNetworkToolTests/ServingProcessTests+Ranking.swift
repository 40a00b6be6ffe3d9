import Foundation
import MetaNetworkClient
import MetaNetworkExperiments
import MetaNetworkWire
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Rankings for clients that cannot run the model, against the tool and a device.
extension ServingProcessTests {
    /// Histories of 100 users over the release's 120 films; one film in twenty is none of them.
    private static let histories = (0..<100).map { user in
        (0..<3 + user % 9).map { "film-\((user * 31 + $0 * (7 + user % 5)) % 126 + 1)" }
    }

    private struct User: Decodable {
        struct Item: Decodable {
            let item_id: String
            let score: Float
        }
        let user_id: String
        let items: [Item]
    }

    /// What `metanetwork predict` writes for the histories.
    private func predictions(_ bundle: URL) throws -> [[User.Item]] {
        let rows = Self.histories.enumerated().flatMap { user, items in
            items.enumerated().map { "u\(user),\($1),\($0)" }
        }
        let log = folder.appendingPathComponent("log.csv")
        try Data((["user_id,item_id,timestamp"] + rows).joined(separator: "\n").utf8).write(to: log)
        let out = folder.appendingPathComponent("top.jsonl")
        let process = Process()
        process.executableURL = CommandTests.tool
        process.arguments = [
            "predict", bundle.path, "--data", log.path, "--user-column", "user_id", "--item-column", "item_id",
            "--time-column",
            "timestamp", "--top", "7", "--quiet", "--out", out.path,
        ]
        let error = Pipe()
        process.standardError = error
        try process.run()
        let complaint = error.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(String(decoding: complaint, as: UTF8.self))")
        let users = try String(contentsOf: out, encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(User.self, from: Data($0.utf8))
        }
        let byName = Dictionary(uniqueKeysWithValues: users.map { ($0.user_id, $0.items) })
        return try Self.histories.indices.map { try #require(byName["u\($0)"]) }
    }

    private func post(_ url: URL, _ body: String, bearer: String) async throws -> Data {
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.httpBody = Data(body.utf8)
        request.setValue("Bearer \(bearer)", forHTTPHeaderField: "Authorization")
        return try await URLSession.shared.data(for: request).0
    }

    private func ranked(_ history: [String], _ more: String, _ url: URL, bearer: String) async throws -> RankingAnswer {
        let items = String(decoding: try JSONEncoder().encode(history), as: UTF8.self)
        let answer = try await post(url, #"{"history":\#(items)\#(more)}"#, bearer: bearer)
        return try JSONDecoder().decode(RankingAnswer.self, from: answer)
    }

    @Test("ranks for a client that cannot run the model what predict writes for 100 histories, and what a device shows")
    func ranking() async throws {
        let registry = folder.appendingPathComponent("registry")
        let service = try await ServiceProcess(
            executable: program,
            registry: registry.path,
            events: nil,
            folder: folder,
            further: ["--rank"]
        )
        defer { service.stop() }
        let given = try await post(
            service.server.appendingPathComponent("v1/tokens"),
            #"{"device":"web-client"}"#,
            bearer: service.appKey
        )
        let token = try JSONDecoder().decode(DeviceToken.self, from: given).token
        let route = service.server.appendingPathComponent("v1/models/movies/rank")
        let version = try await ranked([], "", route, bearer: token).version
        let predicted = try predictions(registry.appendingPathComponent("movies/versions/\(version)"))
        for (history, best) in zip(Self.histories, predicted) {
            let answer = try await ranked(history, #","top":7"#, route, bearer: token)
            #expect(answer.version == version && answer.weights == .personal)
            #expect(answer.items.map(\.item) == best.map(\.item_id))
            for (item, expected) in zip(answer.items, best) {
                #expect(abs(try #require(item.score) - expected.score) < 1e-6)
            }
        }
        try await compareWithDevice(service, route, token)
    }

    /// A device that asked for its weights in single precision ranks the same, also candidates that it does not know.
    private func compareWithDevice(_ service: ServiceProcess, _ route: URL, _ token: String) async throws {
        var configuration = PersonalModel.Configuration(trust: .keys([service.key], publishers: []))
        configuration.credentials = .token { token }
        configuration.policy = AnyOf([])
        configuration.payload = .float32
        let model = try await PersonalModel(
            server: service.server,
            model: "movies",
            directory: folder.appendingPathComponent("device"),
            configuration: configuration
        )
        let history = Self.histories[8].filter { Int($0.dropFirst(5)).map { $0 <= 120 } ?? false }
        for film in history { await model.record(film) }
        try await model.refresh()
        let answer = try await ranked(history, #","top":20"#, route, bearer: token)
        #expect(await model.version == answer.version)
        let shown = await model.topItems(20, excluding: Set(history))
        let candidates = ["film-9", "nobody", "film-77", "film-5"]
        let some = try await ranked(
            history,
            #","candidates":["film-9","nobody","film-77","film-5"]"#,
            route,
            bearer: token
        )
        for (items, expected) in [(answer.items, shown), (some.items, await model.rank(candidates))] {
            #expect(items.map(\.item) == expected.map(\.id))
            for (item, own) in zip(items, expected) {
                #expect(abs((item.score ?? -.infinity) - own.score) < 1e-4 || item.score == nil && own.score < 0)
            }
        }
    }
}
