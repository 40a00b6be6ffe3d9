import Foundation
import MetaNetwork
import MetaNetworkModels
import MetaNetworkBundles
import MetaNetworkSettings

/// Where an architecture comes from: a shipped one by its name, a JSON file, or a bundle.
package struct ArchitectureSource {
    /// The description.
    package let architecture: Architecture
    /// Items of the bundle's catalogue; `nil` where there is none.
    package let items: Int?

    /// The JSON Schema (2020-12) of the JSON of an architecture.
    package static var schema: String { EmbeddedTexts.architecture_schema_json }

    /// Finds an architecture.
    ///
    /// - Parameter name: A shipped name, the path of a JSON file, or the folder of a bundle.
    package init(_ name: String) throws {
        if let shipped = Architecture.shipped(name) {
            (architecture, items) = (shipped, nil)
        } else if name == "cnn" {
            (architecture, items) = (.cnn(), nil)
        } else if name.hasSuffix(".json") {
            (architecture, items) = (try Self.file(name), nil)
        } else {
            let manifest = try ModelBundle(contentsOf: URL(fileURLWithPath: name)).manifest
            (architecture, items) = (manifest.architecture, manifest.items)
        }
    }

    /// Checks names and shapes.
    ///
    /// - Parameter items: Items to count the weights for, where the architecture has no catalogue of its own.
    package func graph(items: Int) throws -> ModelGraph {
        try ModelGraph(architecture, itemCount: architecture.itemCount(of: self.items ?? items))
    }

    /// Reads an architecture from a JSON file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - kind: What it describes, for messages.
    package static func file(_ path: String, _ kind: String = "model") throws -> Architecture {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError("\(kind) file \(path) cannot be read; check the path")
        }
        do {
            return try JSONDecoder().decode(Architecture.self, from: data)
        } catch let error as DecodingError {
            throw ConfigurationError("\(kind) file \(path): \(error.message)")
        }
    }
}
