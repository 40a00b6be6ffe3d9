import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// A model over vectors on a device that changes hands: what it answers with weights that were made at any moment before.
///
/// Moments are places in the stream. Weights made at a moment are made of the last samples before it, as many as the generator reads, so
/// that right after a change of wearer they are the former wearer's. Answers begin when the first wearer hands the device on; before
/// that it has only recorded.
package struct WornDevice {
    /// Values of what stands for a sample.
    package let sampleWidth: Int
    private let stream: WearerStream
    private let samples: [[Float]]
    private let model: JointModel
    private let outputs: BundleManifest.Outputs

    /// - Parameters:
    ///   - trained: A model with a generator.
    ///   - task: What was learned: classes.
    ///   - part: Whose devices are worn.
    ///   - seed: Seed of the stream.
    /// - Throws: `DataError` as ``WearerStream``, and where the data have no devices of their own.
    package init(_ trained: TrainedModel, _ task: EpisodicTask, on part: Part, seed: UInt64) throws {
        stream = try task.stream(part, seed: seed)
        (model, outputs) = (trained.model, task.source.outputs)
        samples = try EpisodicTask.samples(of: stream.inputs, by: trained.model.network)
        sampleWidth = samples[0].count
    }

    /// The moments of the answers, in order.
    package var moments: Range<Int> { WearerStream.stay..<stream.inputs.count }

    /// When weights were made that have an age at a moment, in samples; of one sample at least.
    package func made(before moment: Int, age: Int) -> Int { max(1, moment - age) }

    /// Mean of what stands for the samples of weights that are made at a moment, 1 or later: what a device keeps beside them.
    package func mean(at moment: Int) -> [Float] {
        let read = samples[..<moment].suffix(window)
        var sum = [Float](repeating: 0, count: sampleWidth)
        for sample in read { for column in sum.indices { sum[column] += sample[column] } }
        return sum.map { $0 / Float(read.count) }
    }

    /// Answers at some moments.
    ///
    /// - Parameter weights: For each answer its moment, and the one at which the weights in use were made.
    /// - Throws: ``TrainingError/scoreNotFinite``.
    package func answers(_ weights: [(moment: Int, made: Int)]) throws -> EpisodeScores {
        let episodes = weights.map { moment, made in
            Episode(
                device: stream.wearers[moment],
                support: Array(stream.inputs[..<made].suffix(window)),
                query: [stream.inputs[moment]],
                targets: stream.targets[moment]
            )
        }
        return EpisodeScores(
            episodes: episodes,
            outputs: try EpisodeEvaluator(model).outputs(episodes),
            description: outputs
        )
    }

    /// What the device knows at some moments, with what came next and what came at another moment by lot.
    func situations(_ weights: [(moment: Int, made: Int)], random: inout SeededGenerator) -> AgedSituations {
        var result = AgedSituations(sampleWidth: sampleWidth)
        for (moment, made) in weights {
            result.recent.append(mean(at: moment))
            result.behind.append(mean(at: made))
            result.chosen.append(samples[moment])
            result.other.append(samples[random.index(below: samples.count)])
        }
        return result
    }

    private var window: Int { model.requiredGenerator.configuration.window }
}
