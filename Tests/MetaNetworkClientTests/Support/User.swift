import MetaNetwork
import MetaNetworkDevice

@testable import MetaNetworkClient

/// A user whose taste is a model's: chooses among all items as often as its softmax says.
struct User: ~Copyable {
    var taste: DeviceModel
    var random: SeededGenerator

    init(_ bundle: TestBundle, likes weights: Weights? = nil, seed: UInt64 = 1) throws {
        let architecture = bundle.manifest.architecture
        var taste = try DeviceModel(architecture, itemCount: bundle.names.count, weights: bundle.weights)
        if let weights { try taste.personalize(weights) }
        self.taste = taste
        random = SeededGenerator(state: seed)
    }

    /// The index of what the user chooses next.
    mutating func choice(after history: [Int]) -> Int {
        var scores: [Float] = []
        taste.score(history: history, candidates: Array(1...TestBundle.itemCount), into: &scores)
        var left = Float.random(in: 0..<1, using: &random)
        for (place, probability) in Softmax.probabilities(scores).enumerated() {
            left -= probability
            if left < 0 { return place + 1 }
        }
        return scores.count
    }

    /// Uses a model for some time.
    mutating func use(_ model: PersonalModel, choices: Int) async {
        for _ in 0..<choices {
            let history = await model.samples.indices
            await model.record("film \(choice(after: history))")
        }
    }
}
