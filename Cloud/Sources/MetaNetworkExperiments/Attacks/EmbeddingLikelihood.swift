import Foundation
import MetaNetworkModels

/// Which row of a table an embedding most likely was before noise, by whoever knows the table, the noise and how frequent each row is.
struct EmbeddingLikelihood {
    /// As they are sent, but for the noise.
    private let rows: [[Float]]
    /// Of each row the logarithm of its frequency times twice the variance of the noise.
    private let priors: [Double]

    /// - Parameters:
    ///   - table: The rows.
    ///   - frequencies: How often each is uploaded, above 0.
    ///   - noise: `nil` for none; then the nearest row is the likeliest.
    init(_ table: [[Float]], _ frequencies: [Double], _ noise: UploadNoise?) {
        rows = noise.map { noise in table.map { noise.clipped($0) } } ?? table
        let variance = noise.map { $0.deviation * $0.deviation } ?? 0
        priors = frequencies.map { 2 * variance * log($0) }
    }

    /// The place of the likeliest row.
    func best(_ embedding: [Float]) -> Int {
        var best = (place: 0, cost: Double.infinity)
        for (place, row) in rows.enumerated() {
            var distance: Float = 0
            for value in embedding.indices {
                distance += (embedding[value] - row[value]) * (embedding[value] - row[value])
            }
            let cost = Double(distance) - priors[place]
            if cost < best.cost { best = (place, cost) }
        }
        return best.place
    }
}
