import MetaNetwork
import MetaNetworkData

/// A switcher for a bundle, and whether it can pay.
package struct TrainedSwitcher {
    /// The tensors of a `Switcher`.
    package let weights: Weights
    /// Whether deferring can pay, on the validation part.
    package let prospects: Prospects

    /// Trains one on the validation part, which chose the epoch of both models and taught them nothing else: on whether the two say
    /// the same, without a label.
    ///
    /// - Parameters:
    ///   - edge: The device's model, which tells classes.
    ///   - cloud: The cloud's.
    ///   - seed: Seed of the starting weights and the order.
    package init(edge: TaughtModel, cloud: TaughtModel, seed: UInt64) throws {
        let answers = try TwoAnswers(edge, cloud, on: .validation)
        let network = try SwitcherNetwork(answers.known, answers.agree, seed: seed)
        weights = try network.weights(known: answers.known, margins: answers.margins)
        prospects = answers.prospects
    }
}
