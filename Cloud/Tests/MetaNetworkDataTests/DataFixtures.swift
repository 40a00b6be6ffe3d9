import Foundation
import Testing

@testable import MetaNetworkData

/// `Fixtures/data.json`: what scikit-learn, NumPy and plain Python computed.
struct DataFixtures: Decodable {
    let random: Random
    let metrics: [MetricCase]
    let core: Core
    let quantiles: Quantiles
    let bootstrap: Bootstrap

    struct Random: Decodable {
        let seed: UInt64
        let streams: [UInt64]
        let values: [String]
        let uniform: [Float]
        let normal: [Float]
        let bound: Int
        let indices: [Int]
    }

    struct MetricCase: Decodable {
        let users: [Int32]
        let width: Int
        let scores: [Float]
        let values: [String: Double]
        let weight: [Double]
        let weighted: [String: Double]
        let ranks: [Int32]
        let byUser: [Double?]
        let groups: [Group]

        struct Group: Decodable {
            let first: Int
            let last: Int
            let area: Double?
        }

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

    struct Bootstrap: Decodable {
        let seed: UInt64
        let draws: Int
        let users: [Int32]
        let width: Int
        let base: [[Float]]
        let variant: [[Float]]
        let intervals: [String: [Double]]

        func metrics(_ method: [[Float]]) throws -> [Metrics] {
            try method.map {
                try Metrics(RankedScores(users: users, historyLengths: users, scores: $0, candidatesPerRow: width))
            }
        }
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

extension PairedBootstrap {
    /// Intervals over the users alone, the mean over all seeds of each draw: what the fixtures' scripts compute.
    func userIntervals(
        _ variant: [Metrics],
        against base: [Metrics],
        users: [Int]
    ) -> [String: (lower: Double, upper: Double)] {
        func means(_ seeds: [Metrics]) -> [String: [Double]] {
            seeds.map { samples($0, users: users) }.reduce(into: [:]) { sum, samples in
                sum.merge(samples) { zip($0, $1).map(+) }
            }.mapValues { $0.map { $0 / Double(seeds.count) } }
        }
        let others = means(base)
        return means(variant).reduce(into: [:]) { intervals, entry in
            guard let other = others[entry.key] else { return }
            intervals[entry.key] = Self.interval(of: zip(entry.value, other).map(-))
        }
    }
}
