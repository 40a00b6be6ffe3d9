import MetaNetwork
import MetaNetworkData
import Synchronization
import Torch

/// Who adds noise to what a generator reads of a device.
package enum NoiseMechanism: String, Codable, Sendable {
    /// The service, to z, before it makes weights: against who sees the weights. The service itself sees the upload as it is.
    case weights
    /// The device, to the embedding of each sample before it leaves: against the service too.
    case embeddings
}

/// Clips vectors to a norm and adds Gaussian noise to each of their values. The noise differs with each vector.
///
/// ``clip`` and ``noise`` are those of the SDK's `PersonalModel.UploadNoise`, which does the same to what a device sends.
package final class UploadNoise: Sendable {
    /// The largest norm that a vector keeps, S.
    package let clip: Double
    /// Standard deviation of the noise over the largest change of a clipped vector, 2·S.
    package let noise: Double
    private let random: Mutex<SeededGenerator>

    /// - Parameters:
    ///   - clip: Above 0.
    ///   - noise: 0 for none.
    ///   - seed: Seed of the noise.
    package init(clip: Double, noise: Double, seed: UInt64) {
        precondition(clip > 0 && noise >= 0, "a norm and a deviation")
        (self.clip, self.noise) = (clip, noise)
        random = Mutex(SeededGenerator(seed: seed, stream: 12))
    }

    /// Vectors as they leave.
    ///
    /// - Parameters:
    ///   - rows: One vector after the other.
    ///   - width: Values of a vector.
    package func applied(to rows: [Float], width: Int) -> [Float] {
        precondition(width > 0 && rows.count % width == 0, "whole vectors")
        let deviation = deviation
        var changed = rows
        random.withLock { random in
            for first in stride(from: 0, to: rows.count, by: width) {
                let norm = rows[first..<first + width].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
                let scale = norm > clip ? clip / norm : 1
                for place in first..<first + width {
                    let own = deviation > 0 ? deviation * Double(random.normal()) : 0
                    changed[place] = Float(scale * Double(rows[place]) + own)
                }
            }
        }
        return changed
    }

    /// The vectors without noise: what who knows the clip compares with.
    ///
    /// - Parameter row: A vector.
    package func clipped(_ row: [Float]) -> [Float] {
        let norm = row.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        return norm > clip ? row.map { Float(clip / norm * Double($0)) } : row
    }

    /// Standard deviation of the noise on each value.
    package var deviation: Double { noise * 2 * clip }

    /// The same of a tensor, [rows, width].
    package func applied(to rows: Tensor) throws -> Tensor {
        try Tensor(applied(to: rows.floats(), width: rows.size(1)), shape: rows.shape)
    }

    /// The median norm of some vectors: what clips half of them.
    ///
    /// - Parameters:
    ///   - rows: One vector after the other, at least one.
    ///   - width: Values of a vector.
    package static func medianNorm(of rows: [Float], width: Int) -> Double {
        let norms = stride(from: 0, to: rows.count, by: width).map { first in
            rows[first..<first + width].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        }.sorted()
        return norms[norms.count / 2]
    }
}
