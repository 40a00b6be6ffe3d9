import Crypto
import Foundation

/// Clips embeddings and adds noise to them, to the same one of the same sample the same each time.
///
/// Noise follows from a secret, the sample's id, the embedding and the settings. Not from the item alone: two choices of one item
/// would leave as two equal vectors. And not from the sample's id alone: where a new version has another embedding of it, or an
/// app other settings, the difference of two uploads with the same noise would give the embedding away.
struct SampleNoise {
    private let settings: PersonalModel.UploadNoise
    private let secret: SymmetricKey

    init(_ settings: PersonalModel.UploadNoise, secret: Data) {
        (self.settings, self.secret) = (settings, SymmetricKey(data: secret))
    }

    /// An embedding as it is sent.
    ///
    /// - Parameters:
    ///   - embedding: Finite values.
    ///   - sample: Id of the sample.
    func applied(to embedding: [Float], of sample: String) -> [Float] {
        let norm = embedding.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        let scale = norm > settings.clip ? settings.clip / norm : 1
        let deviation = settings.deviation
        guard deviation > 0 else { return embedding.map { Float(scale * Double($0)) } }
        var normals = KeyedNormals(key(of: embedding, sample))
        return embedding.map { Float(scale * Double($0) + deviation * normals.next()) }
    }

    private func key(of embedding: [Float], _ sample: String) -> SymmetricKey {
        var message = Data("metanetwork/upload-noise/1\n\(sample)\n".utf8)
        for setting in [settings.clip, settings.noise] {
            withUnsafeBytes(of: setting.bitPattern.littleEndian) { message.append(contentsOf: $0) }
        }
        for value in embedding {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { message.append(contentsOf: $0) }
        }
        return SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: message, using: secret))
    }
}

/// Numbers from the normal distribution of mean 0 and variance 1 that nobody without the key can tell from others: HMAC-SHA256 of a
/// counter, through Box-Muller in double precision.
///
/// A `SeededGenerator` will not do: who guesses the item of an embedding has its noise, and could look whether that is what such a
/// generator gives. Nor will numbers of single precision: many sums with a guessed embedding could not be what was sent.
struct KeyedNormals {
    private let key: SymmetricKey
    private var counter: UInt64 = 0
    private var waiting: [Double] = []

    init(_ key: SymmetricKey) { self.key = key }

    /// The next number.
    mutating func next() -> Double {
        if let number = waiting.popLast() { return number }
        let message = withUnsafeBytes(of: counter.littleEndian) { Data($0) }
        counter &+= 1
        let words = HMAC<SHA256>.authenticationCode(for: message, using: key).withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 8).map {
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self))
            }
        }
        // From above 0 to 1, so the logarithm is finite.
        let uniforms = words.map { Double(($0 >> 11) + 1) * 0x1p-53 }
        let (first, second) = (Self.pair(uniforms[0], uniforms[1]), Self.pair(uniforms[2], uniforms[3]))
        waiting = [second.1, second.0, first.1]
        return first.0
    }

    private static func pair(_ length: Double, _ turn: Double) -> (Double, Double) {
        let (radius, angle) = ((-2 * log(length)).squareRoot(), 2 * Double.pi * turn)
        return (radius * cos(angle), radius * sin(angle))
    }
}
