import MetaNetwork

/// Data of many devices for a model over vectors. Devices, and for images the images too, are split in three parts: a
/// validation or test device was never seen in training.
public protocol EpisodeSource: Sendable {
    /// Number of values of one input.
    var inputCount: Int { get }
    /// What an input is, for messages: `28 × 28 pixels`, `6 columns`.
    var inputDescription: String { get }
    /// What an input consists of, as the rows of one table have it; empty for images, whose pixels are no features.
    var featureInputs: [ModelGraph.NamedInput] { get }
    /// What is predicted.
    var outputs: BundleManifest.Outputs { get }
    /// Maximum number of samples of an episode: what a device uploads.
    var samples: Int { get }
    /// How the devices are split, in words.
    var split: String { get }
    /// The sources whose test parts together are what is reported: one for each fold, or the source alone.
    var folds: [any EpisodeSource] { get }
    /// Forecasts that nobody learns, which are reported beside the model; none where nothing is forecast.
    var naiveForecasts: [NaiveForecast] { get }
    /// SHA-256 of the data and of how it is used, in hexadecimal.
    var digest: String { get }

    /// Plans the steps of an epoch.
    ///
    /// - Parameters:
    ///   - batch: Maximum number of inputs of a step.
    ///   - random: Random source of the epoch.
    /// - Returns: For each step, what makes its episodes from a random source of the step.
    func plan(batch: Int, random: inout SeededGenerator) -> [@Sendable (inout SeededGenerator) -> [Episode]]

    /// The episodes of the devices of a held-out part, the same on every call.
    func episodes(_ part: Part) -> [Episode]

    /// All inputs of the devices of a part, with what is right; `nil` where inputs are not a device's own, as images that devices share.
    func labelledDevices(_ part: Part) -> [LabelledDevice]?

    /// Inputs of the training part, spread over it.
    ///
    /// - Parameter limit: About how many; fewer than twice as many are returned.
    func trainingInputs(limit: Int) -> [[Float]]
}

extension EpisodeSource {
    /// Devices are in one part each.
    public var split: String { "devices that training never met" }
    /// The source alone.
    public var folds: [any EpisodeSource] { [self] }
    /// None.
    public var naiveForecasts: [NaiveForecast] { [] }
    /// `nil`.
    public func labelledDevices(_ part: Part) -> [LabelledDevice]? { nil }
}
