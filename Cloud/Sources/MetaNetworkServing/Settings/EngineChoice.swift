import MetaNetworkData

/// What runs the generators of a service.
package enum EngineChoice: String, Sendable, CaseIterable, SettingChoice {
    /// Of those that the program has, the one that is faster for a generator.
    case automatic
    /// The runtime of devices.
    case device
    /// LibTorch, which `metanetwork-serve` has not.
    case libtorch
}
