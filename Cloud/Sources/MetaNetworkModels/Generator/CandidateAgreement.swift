import Foundation
import MetaNetwork
import Torch

/// What became of a MetaStabilizer's candidates: whether they differ at all, and whether its softmax prefers any of them.
///
/// Candidates that point the same way (``cosine`` near 1) are one candidate kept M times. Weights that are even (``entropy`` near 1)
/// make the stabilizer a plain mean, weights on one candidate (near 0) a choice of that one.
package struct CandidateAgreement: Sendable, Equatable {
    /// Mean cosine between two candidates of a group, from -1 to 1.
    package let cosine: Double
    /// Mean entropy of the weights α of a group as a share of log M, which even weights have.
    package let entropy: Double
}

extension CandidateAgreement {
    /// The means over groups of candidates: those that the stabilizer compares with each other.
    ///
    /// - Parameters:
    ///   - groups: The candidates of each group, at least two, each of the same length.
    ///   - temperature: τ of the softmax over the column sums of A·Aᵀ / τ.
    /// - Precondition: There is a group.
    init(_ groups: [[[Float]]], temperature: Double) {
        precondition(!groups.isEmpty, "a stabilizer has candidates")
        var (cosines, entropies): ([Double], [Double]) = ([], [])
        for candidates in groups {
            let products = candidates.map { first in candidates.map { Self.product(first, $0) } }
            let indices = candidates.indices
            for first in indices {
                for second in indices where second < first {
                    let size = (products[first][first] * products[second][second]).squareRoot()
                    // A candidate of zeros points nowhere, so it is like no other.
                    cosines.append(size > 0 ? products[first][second] / size : 0)
                }
            }
            // The matrix is symmetric, so that a row sum is a column sum.
            entropies.append(
                Self.entropy(products.map { $0.reduce(0, +) / temperature }) / log(Double(candidates.count))
            )
        }
        cosine = cosines.reduce(0, +) / Double(cosines.count)
        entropy = entropies.reduce(0, +) / Double(entropies.count)
    }

    private static func product(_ first: [Float], _ second: [Float]) -> Double {
        zip(first, second).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    /// Entropy of the softmax of scores.
    private static func entropy(_ scores: [Double]) -> Double {
        let highest = scores.reduce(-Double.infinity, max)
        let shares = scores.map { exp($0 - highest) }
        let sum = shares.reduce(0, +)
        return -shares.map { $0 / sum }.reduce(0) { $1 > 0 ? $0 + $1 * log($1) : $0 }
    }
}

extension MetaGenerator {
    /// What became of the stabilizer's candidates, over all decoders; `nil` for the forms without a stabilizer. Costs what folding does.
    package func candidateAgreement() throws -> CandidateAgreement? {
        guard configuration.form == .stabilized else { return nil }
        let tensors = try generatedNames.map { try parameters[$0.decoder] }
        let groups = try tensors.flatMap { tensor -> [[[Float]]] in
            let (rows, values) = (tensor.size(0), try tensor.floats())
            let (count, size) = (tensor.size(1), tensor.size(2))
            func candidate(_ row: Int, _ number: Int) -> ArraySlice<Float> {
                values[((row * count + number) * size)..<((row * count + number + 1) * size)]
            }
            switch configuration.similarity {
            case .rows: return (0..<rows).map { row in (0..<count).map { Array(candidate(row, $0)) } }
            case .whole: return [(0..<count).map { number in (0..<rows).flatMap { candidate($0, number) } }]
            }
        }
        return CandidateAgreement(groups, temperature: configuration.temperature)
    }
}
