import Foundation
import MetaNetworkDevice

/// How little weights expected a choice: the log loss of the chosen item in the softmax over itself and 99 other items.
///
/// The others are drawn from the catalogue anew for each choice, the same for all weights that are compared, and the same again
/// wherever the choice has the same number; a catalogue of up to 100 items is taken whole. More of them would cost more and tell little:
/// what is compared is two losses on the same items.
struct ChoiceLoss: Sendable {
    /// Items that a choice is compared with, at most.
    static let others = 99
    /// A larger loss counts as this, so that one choice cannot outweigh all others. Guessing loses ln 100 = 4.6.
    static let limit = 10.0

    /// The chosen item, and the others.
    private(set) var candidates: [Int] = []
    private var scores: [Float] = []

    /// Draws what a choice is compared with.
    ///
    /// - Parameters:
    ///   - chosen: Index of the chosen item.
    ///   - itemCount: Number of items of the catalogue.
    ///   - number: The choice's number, which the draw follows from.
    mutating func draw(beside chosen: Int, of itemCount: Int, number: Int) {
        candidates.removeAll(keepingCapacity: true)
        candidates.append(chosen)
        guard itemCount > Self.others + 1 else {
            for item in stride(from: 1, through: itemCount, by: 1) where item != chosen { candidates.append(item) }
            return
        }
        var random = Draw(state: UInt64(bitPattern: Int64(number)))
        for _ in 0..<Self.others {
            // One fewer to choose from, so that the chosen item can be left out.
            let item = Int.random(in: 1..<itemCount, using: &random)
            candidates.append(item < chosen ? item : item + 1)
        }
    }

    /// The loss of the layers that a model has in use, 0 to ``limit``; takes no memory after the first.
    ///
    /// - Parameters:
    ///   - device: The model.
    ///   - history: Indices of the samples before the choice, oldest first.
    mutating func loss(_ device: inout DeviceModel, _ history: [Int]) -> Double {
        device.score(history: history, candidates: candidates, into: &scores)
        guard let chosen = scores.first, let largest = scores.max() else { return Self.limit }
        var sum = 0.0
        for score in scores { sum += exp(Double(score) - Double(largest)) }
        let loss = log(sum) + Double(largest) - Double(chosen)
        // Weights that overflow score infinity.
        return loss.isFinite ? min(max(0, loss), Self.limit) : Self.limit
    }
}
