import Foundation
import MetaNetworkExperiments
import Testing

@Suite("The JSON Schema of results")
struct ResultSchemaTests {
    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardized

    /// A result that uses every part.
    private func full() throws -> ExperimentResult {
        var result = ExperimentResult.sample(
            "accuracy",
            ["base": [0.7, 0.72], "meta": [0.8, 0.81]],
            curves: [
                .sample("meta", "epoch", xs: [1, 2], [[0.5, 0.6], [0.7, 0.8]]),
                Curve(method: "base", axis: "age", set: "devices", metric: "accuracy", points: []),
            ],
            cost: ["meta": ["bytesDown": 300]]
        )
        result.data.sha256 = String(repeating: "0f", count: 32)
        result.sets.append(MeasuredSet(name: "rotation 3", label: "Severity 3", breakdown: "By shift"))
        result.sets.append(.training)
        result.differences = [
            Difference(method: "meta", against: "base", set: "devices", metric: "accuracy", mean: 0.1, changes: [0.1]),
            Difference(method: "meta", against: "base", set: "devices", metric: "auc", mean: 0.1, low: 0, high: 0.2),
        ]
        result.differences[0].null = Difference.Null(gained: 1, lost: 0.5, size: 0.01)
        result.timelines = [
            Timeline(
                method: "meta",
                devices: 3,
                turns: [
                    .init(device: 2, version: 0, start: 0, received: 1, trained: 4.5, arrived: 5, isUsed: true),
                    .init(device: 0, version: 1, start: 5, received: 6, trained: 7, arrived: nil, isUsed: false),
                ]
            )
        ]
        let parts =
            #"{"client": "1", "images": 9, "devices": [{"factor": 2, "parts": ["A"]}], "computing": 0.5, "between": 0, "messages": 0}"#
        result.placements = [try JSONDecoder().decode(PlacedParts.self, from: Data(parts.utf8))]
        result.sheets = [ImageSheet(label: "Generated", png: "iVBORw==", width: 8, height: 17)]
        result.data.source = "made up"
        result.settings = ["epochs": "3"]
        result.command = "metanetwork compare"
        result.claims = try ClaimEvaluator(result).evaluate([
            Claim("metric(meta, devices, accuracy)", .above, "metric(base, devices, accuracy)"),
            Claim("metric(other, devices, accuracy)", .above, "1"),
        ])
        return result
    }

    /// Each change makes the full result one that must be refused.
    private static let changes = [
        (#""format":1"#, #""format":2"#), (#""seeds":2"#, #""seeds":0"#), (#""role":"method""#, #""role":"idea""#),
        (#""experiment":"sample","#, ""), (#""command""#, #""commands""#), (#"[1,0.6,"#, #"[0.6,"#),
        (#""relation":">""#, #""relation":"=""#), (#""holds":true"#, #""holds":"yes""#),
        (#""mean":0.1"#, #""mean":"0.1""#), (#""gained":1,"lost":0.5"#, #""gained":-1,"lost":0.5"#),
        (#""bytesDown":300"#, #""bytesDown":"300""#), (#""0f0f"#, #""0F0F"#), (#""runs":[0.7,0.72]"#, #""runs":[]"#),
        (#""trained":4.5"#, #""trained":-1"#), (#""isUsed":true"#, #""isUsed":1"#),
        (#""factor":2"#, #""factor":0"#), (#""height":17"#, #""height":0"#), (#""parts":["A"]"#, #""parts":"A""#),
    ]

    @Test(
        "takes encoded results, and refuses what the format does not allow",
        .enabled(if: FileManager.default.fileExists(atPath: root.appendingPathComponent(".deps/python").path))
    )
    func schema() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(full()), as: UTF8.self)
        let small = String(decoding: try encoder.encode(ExperimentResult.sample("auc", ["a": [1]])), as: UTF8.self)
        let bad = try Self.changes.map { change in
            try #require(text.contains(change.0), "\(change.0) in \(text)")
            return text.replacingOccurrences(of: change.0, with: change.1)
        }
        let files = try ([text, small] + bad).enumerated().map { index, text in
            let file = folder.appendingPathComponent("\(index).json")
            try Data(text.utf8).write(to: file)
            return file.path
        }
        try Data(ExperimentResult.schema.utf8).write(to: folder.appendingPathComponent("schema.json"))
        let found = try check(files, against: folder.appendingPathComponent("schema.json").path)
        for (index, file) in files.enumerated() {
            let message = try #require(found[file])
            #expect((message == nil) == (index < 2), "\(index): \(message ?? "accepted")")
        }
    }

    private func check(_ files: [String], against schema: String) throws -> [String: String?] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["python3", Self.root.appendingPathComponent("scripts/check-schema.py").path, schema] + files
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return try JSONDecoder().decode([String: String?].self, from: data)
    }
}
