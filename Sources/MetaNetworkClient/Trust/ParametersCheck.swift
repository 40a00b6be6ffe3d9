import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire

/// What an answer with personal weights must be before a device uses it.
struct ParametersCheck {
    let trust: Trust
    let model: String
    let version: String
    let graph: ModelGraph
    /// Norm of each global dynamic layer, by the layer's name.
    let globalNorms: [String: Double]
    let normBound: Double
    let limit: Int

    /// Checks an answer: size, signature, format, model, version, nonce, expiry, names, shapes, finiteness and norms, in
    /// this order.
    ///
    /// Expiry is a length of time, `expires - generated`, that counts from the receipt: a device whose clock is wrong can be
    /// personal too, and the nonce shows that the answer is new.
    ///
    /// - Throws: ``ClientError/untrusted(what:reason:)`` or ``ClientError/unusable(what:reason:)``.
    func weights(
        in body: Data,
        signature: String?,
        nonce: String
    ) throws(ClientError) -> (weights: Weights, metadata: ParametersMetadata) {
        try checkSize(body)
        try trust.check(body, signature, as: .parameters)
        let (weights, strings) = try decode(body)
        guard let metadata = ParametersMetadata(strings) else {
            throw unusable("their metadata lack the model, version, nonce, samples, generated or expires")
        }
        guard metadata.model == model else { throw unusable("they are for the model '\(metadata.model)'") }
        guard metadata.version == version else { throw unusable("they are for the version \(metadata.version)") }
        guard metadata.nonce == nonce else { throw unusable("they answer another request; the nonce is not ours") }
        guard metadata.generated >= 0, metadata.expires > metadata.generated else {
            throw unusable("they expire at \(metadata.expires) and were generated at \(metadata.generated)")
        }
        try checkTensors(weights)
        return (weights, metadata)
    }

    /// Checks weights that the device learned itself: size, names, shapes, finiteness and norms. Nobody signed them.
    ///
    /// - Throws: ``ClientError/unusable(what:reason:)``.
    func learnedWeights(in body: Data) throws(ClientError) -> Weights {
        try checkSize(body)
        let (weights, _) = try decode(body)
        try checkTensors(weights)
        return weights
    }

    /// Checks a code that the device learned itself, and makes the layers of it: length, finiteness and the layers' norms.
    ///
    /// - Parameters:
    ///   - body: Its values, 4 bytes each, the least significant first.
    ///   - basis: The basis of the version in use.
    /// - Throws: ``ClientError/unusable(what:reason:)``.
    func learnedCode(
        in body: Data,
        _ basis: WeightBasis?
    ) throws(ClientError) -> (weights: Weights, code: [Float]) {
        guard let basis else { throw unusable("they are a code, and the model has no basis") }
        guard let code = [Float](littleEndian: body) else { throw unusable("they are a code of \(body.count) bytes") }
        let weights: Weights
        do { weights = try basis.weights(code) } catch { throw unusable(error.description) }
        try checkTensors(weights)
        return (weights, code)
    }

    private func checkSize(_ body: Data) throws(ClientError) {
        guard body.count <= limit else { throw unusable("they have \(body.count) bytes, the limit is \(limit)") }
    }

    private func decode(_ body: Data) throws(ClientError) -> (Weights, [String: String]) {
        do {
            let limits = SafeTensorsLimits(headerBytes: 1 << 20, tensors: 1_000, totalBytes: limit)
            let (weights, metadata) = try body.withUnsafeBytes { try SafeTensors.decode($0, limits: limits) }
            return (weights, metadata)
        } catch {
            throw unusable("\(error)")
        }
    }

    private func checkTensors(_ weights: Weights) throws(ClientError) {
        var expected = 0
        for layer in graph.dynamicLayers {
            for (name, shape) in layer.tensors {
                expected += 1
                guard let tensor = weights[name] else { throw unusable("they have no tensor '\(name)'") }
                guard tensor.shape == shape else {
                    throw unusable("tensor '\(name)' has shape \(tensor.shape), the model needs \(shape)")
                }
                guard tensor.values.allSatisfy(\.isFinite) else {
                    throw unusable("tensor '\(name)' has a value that is not a finite number")
                }
            }
            let norm = weights.norm(of: layer)
            // A global layer of zeros must not forbid every other; a personal vector is measured by one of ones.
            let least = layer.inputs == 0 ? Double(layer.outputs).squareRoot() : 1
            let bound = normBound * max(least, globalNorms[layer.name, default: 0])
            guard norm <= bound else {
                throw unusable("the norm of layer '\(layer.name)' is \(Float(norm)), the bound is \(Float(bound))")
            }
        }
        guard weights.names.count == expected else { throw unusable("they have tensors that are not dynamic layers") }
    }

    private func unusable(_ reason: String) -> ClientError { .unusable(what: "the parameters", reason: reason) }
}

extension [Float] {
    /// Reads values of 4 bytes each, the least significant first; `nil` where a part of one is left.
    init?(littleEndian data: Data) {
        guard data.count % 4 == 0 else { return nil }
        let bytes = [UInt8](data)
        self = stride(from: 0, to: bytes.count, by: 4).map { place in
            Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) })
        }
    }

    /// The values, 4 bytes each, the least significant first.
    var littleEndian: Data {
        Data(flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) } })
    }
}

extension Weights {
    /// Euclidean norm of a layer's weights and biases together.
    func norm(of layer: ModelGraph.DynamicLayer) -> Double {
        var squares = 0.0
        for tensor in layer.tensors.compactMap({ self[$0.name] }) {
            for value in tensor.values { squares += Double(value) * Double(value) }
        }
        return squares.squareRoot()
    }
}
