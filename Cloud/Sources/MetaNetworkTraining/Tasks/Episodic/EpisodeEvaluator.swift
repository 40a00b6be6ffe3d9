import MetaNetworkData
import MetaNetworkModels
import Torch

/// Runs a model over vectors on held-out episodes, each with parameters generated from its own unlabelled samples.
struct EpisodeEvaluator {
    let model: JointModel
    private let decoders: MetaGenerator.Decoders?

    /// Inputs that are run at a time.
    private static let inputsAtATime = 1024

    init(_ model: JointModel) throws {
        self.model = model
        decoders = try withoutGradients { try model.generator?.decoders() }
    }

    /// Outputs for every input of a part's devices.
    func scores(_ source: any EpisodeSource, _ part: Part) throws -> EpisodeScores {
        let episodes = source.episodes(part)
        return EpisodeScores(episodes: episodes, outputs: try outputs(episodes), description: source.outputs)
    }

    /// Outputs for every input of some episodes, one episode after the other.
    func outputs(_ episodes: [Episode]) throws -> [Float] {
        var outputs: [Float] = []
        try withoutGradients {
            var first = 0
            while first < episodes.count {
                var (last, inputs) = (first, 0)
                while last < episodes.count, last == first || inputs < Self.inputsAtATime {
                    inputs += episodes[last].query.count
                    last += 1
                }
                outputs += try self.outputs(EpisodeBatch(Array(episodes[first..<last]), dropoutSeed: nil))
                first = last
            }
        }
        guard outputs.allSatisfy(\.isFinite) else { throw TrainingError.scoreNotFinite }
        return outputs
    }

    private func outputs(_ batch: EpisodeBatch) throws -> [Float] {
        let shared = try model.network.shared(batch.query)
        let layers = try model.layers(decoders) { try batch.encodings(model) }
        return try model.network.outputs(shared, layers).floats()
    }
}
