import Foundation
import MetaNetworkData
import Testing

@testable import MetaNetworkExperiments

@Suite("Results of records")
struct ResultBuilderTests {
    private let draws = 2000

    private func frame(_ claims: [Claim]? = nil) -> ExperimentFrame {
        ExperimentFrame(
            name: "sample",
            source: nil,
            claims: claims,
            bootstrap: PairedBootstrap(draws: draws),
            settings: [:],
            command: ""
        )
    }

    private func records(_ name: String, _ role: Method.Role, _ accuracies: [[Double]]) throws -> MethodRecords {
        try .sample(name, role, accuracies: accuracies, draws: draws)
    }

    private let gain = Claim(
        id: "gain",
        text: "",
        left: "metric(meta, devices, accuracy) - metric(base, devices, accuracy)",
        relation: .above,
        right: "0.005"
    )

    @Test("have the seeds' own interval where draws of the subjects are all alike, the seeds of both methods paired")
    func seedInterval() throws {
        let base = [0.70, 0.80, 0.90]
        let gains = [0.01, 0.02, 0.03]
        let result = try ResultBuilder(frame([gain])).result([
            records("base", .base, base.map { [$0, $0] }),
            records("meta", .method, zip(base, gains).map { [$0 + $1, $0 + $1] }),
        ])
        let difference = try #require(result.difference("meta", "devices", "accuracy"))
        #expect(abs(difference.mean - 0.02) < 1e-6)
        // One in 27 draws of three seeds is the first thrice, 3.7 %: the ends are the smallest and the largest gain. Were the
        // methods drawn apart, the base's own spread of 0.2 would show.
        let (low, high) = (try #require(difference.low), try #require(difference.high))
        #expect(abs(low - 0.01) < 1e-6 && abs(high - 0.03) < 1e-6)
        let claim = try #require(result.claims.first)
        #expect(claim.holds == true)
        #expect(try abs(#require(claim.low) - 0.01) < 1e-6)
    }

    @Test("have no interval with one seed, whatever the subjects say, and decide no claim")
    func oneSeed() throws {
        let result = try ResultBuilder(frame([gain])).result([
            records("base", .base, [[0.7, 0.8]]), records("meta", .method, [[0.8, 0.9]]),
        ])
        let difference = try #require(result.difference("meta", "devices", "accuracy"))
        #expect(difference.low == nil && difference.high == nil && difference.verdict == .unmeasured)
        #expect(difference.gained == 2 && difference.null == nil)
        #expect(result.claims[0].holds == nil && result.claims[0].reason.contains("has one seed"))
    }

    @Test("compare everything with its base, and methods with controls and baselines, too")
    func pairs() throws {
        let result = try ResultBuilder(frame([])).result([
            records("base", .base, [[0.7], [0.7]]), records("knn", .baseline, [[0.75], [0.75]]),
            records("concat", .control, [[0.72], [0.72]]), records("meta", .method, [[0.8], [0.8]]),
        ])
        let pairs = result.differences.map { "\($0.method)-\($0.against)" }
        #expect(pairs == ["knn-base", "concat-base", "meta-base", "meta-knn", "meta-concat"])
        #expect(try #require(result.difference("meta", "devices", "accuracy")).against == "base")
        #expect(result.furtherDifferences("meta", "devices", "accuracy").map(\.against) == ["knn", "concat"])
    }

    @Test("count what two seeds of the base gain and lose beside each other, over all pairs")
    func null() throws {
        // Later against earlier: +1 -1, then +1 -0 with one unchanged, then +1 -1.
        let base = [[0.5, 0.5, 0.5], [0.6, 0.4, 0.5], [0.6, 0.5, 0.5]]
        let result = try ResultBuilder(frame([])).result([
            records("base", .base, base), records("meta", .method, base.map { $0.map { $0 + 0.1 } }),
        ])
        let null = try #require(result.difference("meta", "devices", "accuracy")?.null)
        // Pairs (1, 2): one up, one down; (1, 3): one up; (2, 3): one up.
        #expect(abs(null.gained - 1) < 1e-12 && abs(null.lost - 1.0 / 3) < 1e-12)
        // Means 0.5, 0.5 and 1.6 / 3: apart by 0, 0.1 / 3 and 0.1 / 3.
        #expect(abs(null.size - 0.2 / 9) < 1e-6)
    }

    @Test("are the same from records that were written and read again")
    func roundTrip() throws {
        let measured = try [
            records("base", .base, [[0.71, 0.83], [0.7, 0.79]]),
            records("meta", .method, [[0.9, 0.8], [0.85, 0.81]]),
        ]
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let again = try measured.map { method in
            MethodRecords(
                method: method.method,
                model: method.model,
                records: try method.records.map {
                    try JSONDecoder().decode(ExperimentRecord.self, from: encoder.encode($0))
                }
            )
        }
        let builder = ResultBuilder(frame([gain]))
        #expect(try encoder.encode(builder.result(measured)) == encoder.encode(builder.result(again)))
    }

    @Test("packed values keep what single precision keeps, infinity and NaN too")
    func packed() throws {
        let values = PackedValues([0.1, -3, .nan, .infinity])
        let json = try JSONEncoder().encode([values])
        let again = try JSONDecoder().decode([PackedValues].self, from: json)[0].values
        #expect(again[0] == Double(Float(0.1)) && again[1] == -3 && again[2].isNaN && again[3] == .infinity)
        // 1.0 is 0x3F800000, little-endian 00 00 80 3F.
        #expect(try JSONDecoder().decode([PackedValues].self, from: Data(#"["AACAPw=="]"#.utf8))[0].values == [1])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([PackedValues].self, from: Data(#"["AACA"]"#.utf8))
        }
    }

    @Test("a cost is the mean over the seeds, and left out where a seed has none")
    func cost() throws {
        let paid = try MethodRecords.sample(
            "base",
            .base,
            accuracies: [[0.7], [0.7]],
            draws: draws,
            cost: ["bytesDown": 64]
        )
        #expect(try ResultBuilder(frame([])).result([paid]).methods[0].cost == ["bytesDown": 64])
    }
}
