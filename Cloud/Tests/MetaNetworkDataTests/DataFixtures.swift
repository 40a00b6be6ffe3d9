import Foundation
import Testing

@testable import MetaNetworkData

/// `Fixtures/data.json`: what scikit-learn, NumPy and plain Python computed.
struct DataFixtures: Decodable {
    let random: Random
    let metrics: [MetricCase]
    let core: Core
    let quantiles: Quantiles

    struct Random: Decodable {
        let seed: UInt64
        let streams: [UInt64]
        let values: [String]
    }

    struct MetricCase: Decodable {
        let users: [Int32]
        let width: Int
        let scores: [Float]
        let values: [String: Double]
        let weight: [Double]
        let ranks: [Int32]
        let weightedAUC: Double

        var ranked: RankedScores {
            RankedScores(
                users: users,
                historyLengths: users.indices.map { Int32($0 + 1) },
                scores: scores,
                candidatesPerRow: width
            )
        }
    }

    struct Core: Decodable {
        let edges: [[Int]]
        let k: Int
        let kept: [Int]
        let users: Int
        let items: Int
    }

    struct Quantiles: Decodable {
        let numbers: [Double]
        let lower: Double
        let upper: Double
    }

    static func load() throws -> DataFixtures {
        let url = try #require(Bundle.module.url(forResource: "data", withExtension: "json", subdirectory: "Fixtures"))
        return try JSONDecoder().decode(DataFixtures.self, from: Data(contentsOf: url))
    }
}

/// A file that exists while a body runs.
func withFile<Result>(_ name: String, _ text: String, _ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appendingPathComponent(name)
    try Data(text.utf8).write(to: url)
    return try body(url)
}
