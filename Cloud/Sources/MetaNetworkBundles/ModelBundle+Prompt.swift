import Foundation
import MetaNetwork
import MetaNetworkDevice

extension ModelBundle {
    /// The model as a device runs it, with the bundle's prompt and its global dynamic layers.
    ///
    /// - Throws: `DeviceModelError` where the model takes more memory than a device model may.
    public func deviceModel() throws -> DeviceModel {
        var device = try DeviceModel(manifest.architecture, itemCount: manifest.items, weights: deviceWeights)
        try device.usePrompt(prompt)
        return device
    }

    /// The prompt of a bundle's files; `nil` where there is none.
    ///
    /// - Throws: ``BundleError`` where it is not one finite tensor of the shape of the model's input.
    static func prompt(_ contents: [String: Data], _ graph: ModelGraph) throws -> [Float]? {
        guard contents[BundleLayout.prompt] != nil else { return nil }
        return try named(BundleLayout.prompt) {
            try InputPrompt.values(in: weights(BundleLayout.prompt, contents), of: graph)
        }
    }

    /// The bytes of a prompt's file.
    ///
    /// - Throws: ``BundleError`` where the prompt is none of this model.
    package static func promptFile(_ prompt: [Float], of graph: ModelGraph) throws -> Data {
        try named(BundleLayout.prompt) { Data(try SafeTensors.encode(InputPrompt.weights(prompt, of: graph))) }
    }

    /// The basis of a bundle's files; `nil` where there is none.
    ///
    /// - Throws: ``BundleError`` where it is none of the model's dynamic layers.
    static func basis(_ contents: [String: Data], _ graph: ModelGraph) throws -> WeightBasis? {
        guard contents[BundleLayout.basis] != nil else { return nil }
        return try named(BundleLayout.basis) { try WeightBasis(weights(BundleLayout.basis, contents), of: graph) }
    }

    /// Says in an error of the device runtime which file it is about.
    private static func named<Value>(_ file: String, _ operation: () throws -> Value) throws -> Value {
        do { return try operation() } catch let error as DeviceModelError {
            throw BundleError(file, error.description)
        }
    }
}
