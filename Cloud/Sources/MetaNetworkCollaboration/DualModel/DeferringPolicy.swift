import MetaNetworkDevice
import MetaNetworkModels
import MetaNetworkTraining

/// What decides which inputs a device lets the cloud's model answer, of those that a budget allows.
package enum DeferringPolicy: String, Codable, Sendable, CaseIterable {
    /// None: the device answers.
    case never
    /// All, whatever the budget: the cloud answers.
    case always
    /// A network that foresees whether the two models agree, learned without a label (DMD, arXiv 2410.12165).
    case switcher
    /// The control: the same network, learned from the agreement on other inputs.
    case shuffled
    /// The baseline: the same network, told by labels whether the device is right.
    case supervised
    /// How close the device's two best classes are.
    case margin
    /// Inputs drawn by lot.
    case random
    /// Inputs that the cloud has right and the device has not, which nobody can know: what no policy can be better than.
    case oracle

    /// Whether devices with the SDK have it.
    package var isOnDevices: Bool {
        switch self {
        case .never, .always, .switcher, .margin: true
        case .shuffled, .supervised, .random, .oracle: false
        }
    }

    /// Multiply-adds of an input on a device: its model's, and the decision's where that takes a network.
    package func multiplyAdds(on device: TrainedModel) -> Int {
        let graph = device.model.network.graph
        return graph.multiplyAdds + (learns ? Switcher.multiplyAdds(for: graph) : 0)
    }

    /// Whether it learns from inputs of the validation part.
    var learns: Bool {
        switch self {
        case .switcher, .shuffled, .supervised: true
        case .never, .always, .margin, .random, .oracle: false
        }
    }
}
