import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining

/// Threads of LibTorch.
package struct ThreadSettings: Configurable {
    package var threads = ProcessInfo.processInfo.activeProcessorCount

    package static let defaults = ThreadSettings()
    package static let settings = [Settings.threads]

    package enum Settings {
        package static let threads = Setting(
            "threads",
            \ThreadSettings.threads,
            in: 1...1024,
            help: "Threads of LibTorch; 1 repeats bit for bit",
            default: "all cores"
        )
    }
}

extension Architecture.OutputTable: SettingChoice {}

/// Sizes of the shipped architectures.
package struct ShippedModelSettings: Configurable {
    package var options = Architecture.RankerOptions()

    package static let defaults = ShippedModelSettings()
    package static let settings = [
        Settings.width, Settings.window, Settings.dropout, Settings.output, Settings.itemBias,
    ]

    package enum Settings {
        package static let width = Setting(
            "width",
            \ShippedModelSettings.options.width,
            in: 1...4096,
            help: "Width of embeddings and layers of a shipped model"
        )
        package static let window = Setting(
            "window",
            \ShippedModelSettings.options.window,
            in: 1...100_000,
            help: "Device window: interactions, or with federate values of a series, that the device model reads"
        )
        package static let dropout = Setting(
            "dropout",
            \ShippedModelSettings.options.dropout,
            in: 0...0.95,
            help: "Share of elements that training takes at random in a shipped ranker"
        )
        package static let output = Setting(
            "output-table",
            \ShippedModelSettings.options.output,
            help: "Table that a shipped ranker scores items with: the history's, or one of its own"
        )
        package static let itemBias = Setting(
            "item-bias",
            \ShippedModelSettings.options.itemBias,
            help: "Whether a shipped ranker adds a learned bias to each item's score"
        )
    }

    /// An architecture.
    ///
    /// - Parameters:
    ///   - model: Name of a shipped one, or the path of a JSON file.
    ///   - images: Images whose size and classes a shipped architecture takes.
    package func architecture(_ model: String, _ images: ImageSet?) throws -> Architecture {
        if model == "cnn", let images {
            return .cnn(height: images.height, width: images.width, classes: images.classes.count)
        }
        if let shipped = Architecture.shipped(model, options) { return shipped }
        guard model.hasSuffix(".json") else {
            throw ConfigurationError(
                "model '\(model)' is not known; use one of \(Architecture.shippedNames.joined(separator: ", ")), cnn (for images), "
                    + "or the path of a .json file"
            )
        }
        return try ArchitectureSource.file(model)
    }
}
