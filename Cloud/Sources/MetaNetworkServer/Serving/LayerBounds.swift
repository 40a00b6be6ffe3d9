import MetaNetwork

/// The norms up to which devices take weights: 10 times that of the same layer in the static weights, as docs/wire.md says.
struct LayerBounds: Sendable {
    private struct Layer {
        /// Places of the layer's values among those that are generated.
        let spans: [Range<Int>]
        let bound: Double
    }

    /// Multiple of the static weights' norm that devices take unless their app says otherwise.
    private static let multiple = 10.0

    private let layers: [Layer]

    /// - Parameters:
    ///   - manifest: Of the version.
    ///   - tensors: What is generated, in this order.
    ///   - weights: The static weights.
    /// - Throws: `ArchitectureError`.
    init(_ manifest: BundleManifest, _ tensors: [GeneratedTensor], static weights: Weights) throws {
        var spans: [String: Range<Int>] = [:]
        var start = 0
        for tensor in tensors {
            spans[tensor.name] = start..<start + tensor.count
            start += tensor.count
        }
        layers = try ModelGraph(manifest.architecture, itemCount: manifest.items).dynamicLayers.compactMap { layer in
            let names = layer.tensors.map(\.name.text)
            let own = names.compactMap { spans[$0] }
            guard own.count == names.count else { return nil }
            let squares = names.reduce(0.0) { $0 + (weights[$1]?.values[...].squares ?? 0) }
            let least = layer.inputs == 0 ? Double(layer.outputs).squareRoot() : 1
            return Layer(spans: own, bound: Self.multiple * max(least, squares.squareRoot()))
        }
    }

    /// Whether devices take the weights, which are finite.
    func hold(_ values: ArraySlice<Float>) -> Bool {
        let start = values.startIndex
        return layers.allSatisfy { layer in
            let squares = layer.spans.reduce(0.0) { sum, span in
                sum + values[start + span.lowerBound..<start + span.upperBound].squares
            }
            return squares.squareRoot() <= layer.bound
        }
    }
}

extension ArraySlice<Float> {
    /// Sum of the squares.
    var squares: Double { reduce(0) { $0 + Double($1) * Double($1) } }
}
