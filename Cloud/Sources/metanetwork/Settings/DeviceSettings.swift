import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkSettings
import Torch

/// What LibTorch trains on.
struct DeviceSettings: Configurable {
    var device = Kind.cpu

    static let defaults = DeviceSettings()
    static let settings = [Settings.device]

    /// Which card of several is not a setting: the environment tells, see ``apply(environment:)``.
    enum Kind: String, Sendable, CaseIterable, SettingChoice {
        /// The processor.
        case cpu
        /// An NVIDIA card.
        case cuda
        /// Apple's GPU.
        case mps
    }

    enum Settings {
        static let device = Setting(
            "device",
            \DeviceSettings.device,
            help: "What LibTorch trains on; cuda, an NVIDIA card, takes 'make cuda' first"
        )
    }

    /// Tells LibTorch, before anything else does.
    ///
    /// - Parameter environment: Says which process of the machine this is: each takes a card of its own.
    /// - Throws: `ConfigurationError` where the device cannot be used here, which says what is missing; `RankError` where the environment is
    ///   wrong.
    func apply(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        let place = try RankPlace(environment: environment)
        let chosen: LibTorch.Device =
            switch device {
            case .cpu: .cpu
            case .cuda: .cuda(place?.localRank ?? 0)
            case .mps: .mps
            }
        do {
            try LibTorch.use(chosen)
        } catch {
            throw ConfigurationError("'device' is '\(device.rawValue)', which cannot be used here: \(error)")
        }
    }
}

/// The flag of what LibTorch trains on.
struct DeviceOptions: ParsableArguments {
    @Option(DeviceSettings.Settings.device) var device: Given?
}
