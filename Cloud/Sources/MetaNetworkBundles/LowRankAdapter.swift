import Foundation
import MetaNetwork
import MetaNetworkDevice

/// The personal layers of one user as a LoRA adapter in the files of PEFT (`adapter_config.json`, `adapter_model.safetensors`).
///
/// The form `lowrank` computes `x·W + b + (s ⊙ (x·A + a))·B + c` with a personal vector s of r values. That is a layer `x·W + b + c` with the
/// adapter A, diag(s)·B of rank r, whose second matrix has the bias (s ⊙ a)·B.
package struct LowRankAdapter {
    /// The layers that are adapted, by the names of their nodes.
    package let layers: [String]
    /// Rank of the adapter.
    package let rank: Int
    /// `base_model.model.LAYER.lora_A.weight` [r, in], `….lora_B.weight` [out, r] and `….lora_B.bias` [out], as PyTorch lays them out.
    package let weights: Weights

    /// The nodes of a layer and of its correction.
    private struct Corrected {
        let layer, down, up, scale: String
    }

    /// - Parameters:
    ///   - graph: The device model.
    ///   - fixed: Its weights.
    ///   - personal: The personal vectors of a user.
    /// - Throws: ``BundleError`` where it has no layer that is corrected so, or another one that is personal.
    package init(_ graph: ModelGraph, _ fixed: Weights, personal: Weights) throws {
        let corrected = Self.corrections(graph)
        let others = Set(graph.dynamicLayers.map(\.name)).subtracting(corrected.map(\.scale))
        guard !corrected.isEmpty, others.isEmpty else {
            let names = others.sorted().map { "'\($0)'" }.joined(separator: ", ")
            throw BundleError(
                BundleLayout.manifest,
                "has personal weights that are no adapter of low rank\(names.isEmpty ? "" : " (\(names))"); train with --generator lowrank"
            )
        }
        var (weights, rank) = (Weights(), 0)
        for one in corrected {
            func tensor(_ node: String, _ role: ParameterName.Role, of weights: Weights) throws -> WeightTensor {
                let name = ParameterName(node, role).text
                guard let tensor = weights[name] else { throw BundleError(BundleLayout.device, "has no '\(name)'") }
                return tensor
            }
            let (down, shift) = (try tensor(one.down, .weight, of: fixed), try tensor(one.down, .bias, of: fixed))
            let (up, scale) = (try tensor(one.up, .weight, of: fixed), try tensor(one.scale, .bias, of: personal))
            let (inputs, outputs) = (down.shape[0], up.shape[1])
            rank = up.shape[0]
            var (first, second) = (
                [Float](repeating: 0, count: rank * inputs), [Float](repeating: 0, count: outputs * rank)
            )
            var bias = [Float](repeating: 0, count: outputs)
            for place in 0..<rank {
                for input in 0..<inputs { first[place * inputs + input] = down.values[input * rank + place] }
                for output in 0..<outputs {
                    let scaled = scale.values[place] * up.values[place * outputs + output]
                    second[output * rank + place] = scaled
                    bias[output] += shift.values[place] * scaled
                }
            }
            let name = "base_model.model.\(one.layer)"
            weights["\(name).lora_A.weight"] = try WeightTensor(shape: [rank, inputs], values: first)
            weights["\(name).lora_B.weight"] = try WeightTensor(shape: [outputs, rank], values: second)
            weights["\(name).lora_B.bias"] = try WeightTensor(shape: [outputs], values: bias)
        }
        (layers, self.rank, self.weights) = (corrected.map(\.layer), rank, weights)
    }

    /// The dense layers to which a product with a personal vector is added, through a narrow layer before and one behind it.
    private static func corrections(_ graph: ModelGraph) -> [Corrected] {
        func node(_ source: ModelGraph.Source) -> ModelGraph.ResolvedNode? {
            if case .node(let index) = source { graph.nodes[index] } else { nil }
        }
        func isDense(_ node: ModelGraph.ResolvedNode) -> Bool {
            guard case .dense(let dense) = node.operation else { return false }
            return !dense.isDynamic && dense.activation == .identity
        }
        return graph.nodes.compactMap { sum in
            guard sum.operation == .add, let layer = node(sum.sources[0]), let up = node(sum.sources[1]),
                isDense(layer), isDense(up), let product = node(up.sources[0]), product.operation == .multiply,
                let down = node(product.sources[0]), let scale = node(product.sources[1]), isDense(down),
                case .personal = scale.operation, down.sources == layer.sources
            else { return nil }
            return Corrected(layer: layer.name, down: down.name, up: up.name, scale: scale.name)
        }
    }

    /// The files by name.
    ///
    /// - Parameter base: What the adapted model is called.
    package func files(base: String) throws -> [String: Data] {
        let configuration = Configuration(r: rank, loraAlpha: rank, targetModules: layers, baseModelNameOrPath: base)
        return [
            "adapter_config.json": try ModelBundle.json.encode(configuration),
            "adapter_model.safetensors": Data(try SafeTensors.encode(weights, metadata: ["format": "pt"])),
        ]
    }

    /// What PEFT reads; a scaling of `lora_alpha / r` is one.
    private struct Configuration: Encodable {
        let peftType = "LORA"
        let r: Int
        let loraAlpha: Int
        let loraBias = true
        let loraDropout = 0
        let bias = "none"
        let fanInFanOut = false
        let inferenceMode = true
        let targetModules: [String]
        let baseModelNameOrPath: String

        private enum CodingKeys: String, CodingKey {
            case peftType = "peft_type"
            case r, bias
            case loraAlpha = "lora_alpha"
            case loraBias = "lora_bias"
            case loraDropout = "lora_dropout"
            case fanInFanOut = "fan_in_fan_out"
            case inferenceMode = "inference_mode"
            case targetModules = "target_modules"
            case baseModelNameOrPath = "base_model_name_or_path"
        }
    }
}

extension ModelBundle {
    /// The adapter of a user of a model that ranks items.
    ///
    /// - Parameter history: Raw ids, oldest first; those that the bundle does not know are left out.
    /// - Throws: ``BundleError`` where the bundle has no generator, its personal weights are no adapter of low rank, or it knows no item of
    ///   the history.
    package func adapter(history: [String]) throws -> LowRankAdapter {
        guard let generator = try publishedGenerator(), manifest.items > 0 else {
            throw BundleError(
                BundleLayout.manifest,
                "has no generator that reads items; train a ranker with --generator lowrank"
            )
        }
        let index = try VocabularyIndex(itemNames)
        let items = history.compactMap { index[$0].map { Int32($0) } }
        guard !items.isEmpty else {
            throw BundleError(BundleLayout.vocabulary, "has no item of this history; give raw ids that it has")
        }
        let graph = try ModelGraph(manifest.architecture, itemCount: manifest.items)
        let personal = try generator.weights(generator.values(items: items)[...])
        return try LowRankAdapter(graph, deviceWeights, personal: personal)
    }
}
