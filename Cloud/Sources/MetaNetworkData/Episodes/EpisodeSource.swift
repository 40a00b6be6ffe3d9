import MetaNetwork

/// Data of many devices for a model over vectors. Devices, and for images the images too, are split in three parts: a
/// validation or test device was never seen in training.
public protocol EpisodeSource: Sendable {
    /// Numbers of one input.
    var inputCount: Int { get }
    /// What an input is, for messages: `28 × 28 positions`, `6 columns`.
    var inputDescription: String { get }
    /// What is predicted.
    var outputs: BundleManifest.Outputs { get }
    /// Most samples of an episode: what a device uploads.
    var samples: Int { get }
    /// SHA-256 of the data and of how it is used, in hexadecimal.
    var digest: String { get }

    /// Plans the steps of an epoch.
    ///
    /// - Parameters:
    ///   - batch: Most inputs of a step.
    ///   - random: Random source of the epoch.
    /// - Returns: For each step, what makes its episodes from a random source of the step.
    func plan(batch: Int, random: inout SeededGenerator) -> [@Sendable (inout SeededGenerator) -> [Episode]]

    /// The episodes of the devices of a held-out part, the same on every call.
    func episodes(_ part: InteractionDataset.Part) -> [Episode]

    /// Some inputs of the training part, spread over it.
    func trainingInputs(most: Int) -> [[Float]]
}
