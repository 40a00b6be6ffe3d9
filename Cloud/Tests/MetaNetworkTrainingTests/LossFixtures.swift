import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkGenerators
import MetaNetworkModels
import Testing
import Torch

@testable import MetaNetworkTraining

/// `Fixtures/losses.json`: the loss of one training step of small rankers and its gradients, as PyTorch computes them.
struct LossFixtures: Decodable {
    let width: Int
    let window: Int
    let generatorWidth: Int
    let generatorWindow: Int
    let rank: Int
    let candidates: Int
    /// Seed of what the step draws.
    let seed: UInt64
    /// Each user's items in order.
    let users: [[Int32]]
    let chunks: [Chunk]
    let losses: [String: Loss]
    let models: [Model]

    /// The places are those in the user's interactions.
    struct Chunk: Decodable {
        let user: Int
        let targets: [Int]
        let samples: [Int]
    }

    struct Loss: Decodable {
        let negatives: Int?
        /// The items that each position is scored on.
        let candidates: [[Float]]
    }

    struct Model: Decodable {
        let model: String
        let form: GeneratorConfiguration.Form?
        let output: Architecture.OutputTable
        let itemBias: Bool
        /// A shipped encoder, without dropout; `nil` for the automatic one.
        let encoder: ShippedEncoder?
        let weights: [String: [Float]]
        let steps: [Step]
    }

    struct Step: Decodable {
        let loss: RankingLossName
        let value: Double
        /// By name; none for a tensor that the loss does not read.
        let gradients: [String: [Float]]
    }

    /// A model with one of the losses.
    struct Case: CustomTestStringConvertible {
        let fixtures: LossFixtures
        let model: Model
        let step: Step

        var testDescription: String {
            "\(model.model) \(model.form?.rawValue ?? "none") \(model.encoder?.rawValue ?? "") \(step.loss.rawValue)"
        }
    }

    static func cases() throws -> [Case] {
        let url = try #require(
            Bundle.module.url(forResource: "losses", withExtension: "json", subdirectory: "Fixtures")
        )
        let fixtures = try JSONDecoder().decode(LossFixtures.self, from: Data(contentsOf: url))
        return fixtures.models.flatMap { model in
            model.steps.map { Case(fixtures: fixtures, model: model, step: $0) }
        }
    }

    /// The fixture's data; items are numbered as there.
    func dataset() throws -> InteractionDataset {
        let names = users.map { $0.map { "i\($0)" } }
        let made = try MetaNetworkTrainingTests.dataset(names)
        try #require(made.items == users.flatMap { $0 }, "the items are numbered as they appear")
        return made
    }

    /// The chunks of the step in a data set.
    func chunks(_ dataset: InteractionDataset) -> [EpochPlan.Chunk] {
        chunks.map { chunk in
            let start = dataset.offsets[chunk.user]
            return EpochPlan.Chunk(
                user: Int32(chunk.user),
                targets: start + chunk.targets[0]..<start + chunk.targets[1],
                samples: start + chunk.samples[0]..<start + chunk.samples[1]
            )
        }
    }
}

extension LossFixtures.Case {
    func configuration() throws -> TrainingConfiguration {
        let options = Architecture.RankerOptions(
            width: fixtures.width,
            window: fixtures.window,
            dropout: 0,
            output: model.output,
            itemBias: model.itemBias
        )
        var encoderOptions = Architecture.EncoderOptions()
        (encoderOptions.width, encoderOptions.window) = (fixtures.generatorWidth, fixtures.generatorWindow)
        encoderOptions.dropout = 0
        let encoder = model.encoder.map { EncoderChoice.described(.encoder($0, encoderOptions)) }
        let configuration = TrainingConfiguration(
            architecture: try #require(Architecture.shipped(model.model, options)).withHead([128: 6, 64: 3]),
            generator: model.form.map {
                GeneratorConfiguration(
                    form: $0,
                    window: fixtures.generatorWindow,
                    encoder: encoder ?? .automatic,
                    width: fixtures.generatorWidth,
                    rank: fixtures.rank,
                    candidates: fixtures.candidates
                )
            },
            loss: step.loss,
            negatives: try #require(fixtures.losses[step.loss.rawValue]).negatives
        )
        return model.form == .cloud
            ? try configuration.ofEncoder(itemCount: fixtures.dataset().itemCount) : configuration
    }

    /// The case's model with the case's weights.
    func jointModel(_ dataset: InteractionDataset) throws -> JointModel {
        let made = try configuration().model(itemCount: dataset.itemCount, userCount: dataset.userCount)
        try #require(Set(made.tensorNames) == Set(model.weights.keys))
        for (name, tensor) in zip(made.tensorNames, made.tensors) {
            try tensor.assign(#require(model.weights[name]))
        }
        return made
    }
}
