import MetaNetwork
import MetaNetworkGenerators
import MetaNetworkModels
import MetaNetworkSettings

/// Where a head encoder comes from: one that ships, by its name, or a JSON file.
package struct EncoderSource {
    /// The choice, with what its file holds.
    package let choice: EncoderChoice

    /// Finds an encoder.
    ///
    /// - Parameter name: `automatic`, a shipped name, or the path of a JSON file.
    /// - Throws: ``ConfigurationError`` where there is no such encoder, or the file cannot be read.
    package init(_ name: String) throws {
        guard name.hasSuffix(".json") else {
            let known = ShippedEncoder.allCases.map(\.rawValue)
            guard name == EncoderChoice.automatic.name || known.contains(name) else {
                throw ConfigurationError(
                    "encoder '\(name)' is not known; use one of \(known.joined(separator: ", ")), automatic, or the path of a .json file"
                )
            }
            choice = EncoderChoice(name: name)
            return
        }
        choice = EncoderChoice(name: name, architecture: try ArchitectureSource.file(name, "encoder"))
    }

    /// Checks names and shapes; a shipped encoder has the sizes that it has where nobody gives others.
    ///
    /// - Parameter items: Items to count the weights for.
    /// - Throws: `ArchitectureError`, or ``ConfigurationError`` for `automatic`, which depends on the device model.
    package func graph(items: Int) throws -> ModelGraph {
        guard let architecture = choice.architecture ?? ShippedEncoder(rawValue: choice.name).map({ .encoder($0) })
        else {
            throw ConfigurationError("encoder '\(choice.name)' depends on the model; name the one that is meant")
        }
        return try ModelGraph(encoder: architecture, itemCount: architecture.itemCount(of: items))
    }
}
