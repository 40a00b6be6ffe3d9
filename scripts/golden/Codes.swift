import Foundation
import MetaNetworkClient

/// Learns a code of labelled readings, twice, shares both, and has everything deleted in the end.
enum Codes {
    /// - Returns: What it learned from, and what it said of some readings then, as JSON.
    static func run(_ server: URL, directory: URL, _ given: PersonalModel.Configuration) async throws -> Data {
        var configuration = given
        configuration.sharesCode = true
        let model = try await PersonalModel(
            server: server,
            model: "gestures",
            directory: directory,
            configuration: configuration
        )
        var learned: [Lesson] = []
        for shift in [Float(-0.8), -0.4] {
            let examples = self.examples(shift)
            let report = try await model.learn(
                examples.map { LabelledInput($0.reading, label: $0.label) },
                budget: LearningBudget(steps: steps),
                learningRate: rate
            )
            guard report.verdict == .used else { throw Refused(verdict: "\(report.verdict)") }
            await model.waitUntilIdle()
            var outputs: [[Float]] = []
            for example in examples.prefix(4) { outputs.append(try await model.outputs(of: example.reading)) }
            learned.append(Lesson(examples: examples, steps: steps, rate: rate, outputs: outputs))
        }
        try await model.forget()
        await model.waitUntilIdle()
        return try Device.json(
            Result(recorded: Int(Date().timeIntervalSince1970), version: await model.version, lessons: learned)
        )
    }

    private static let steps = 30
    private static let rate = 0.05

    /// Readings on a lattice, of a device that is turned by `shift`.
    private static func examples(_ shift: Float) -> [Example] {
        (0..<32).map { place in
            let reading = [7, 5, 3].map { Float((place * $0) % 16) / 8 - 1 }
            return Example(reading: reading, label: reading[0] + shift > reading[1] ? "wave" : "rest")
        }
    }

    private struct Refused: Error {
        let verdict: String
    }

    private struct Example: Encodable {
        let reading: [Float]
        let label: String
    }

    private struct Lesson: Encodable {
        let examples: [Example]
        let steps: Int
        let rate: Double
        /// What the model gave for the first readings then.
        let outputs: [[Float]]
    }

    private struct Result: Encodable {
        let recorded: Int
        let version: String
        let lessons: [Lesson]
    }
}
