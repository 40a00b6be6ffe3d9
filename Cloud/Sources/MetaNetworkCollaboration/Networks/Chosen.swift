import MetaNetwork
import MetaNetworkData

/// Chooses a share of some things by what they are worth.
enum Chosen {
    /// The ones that are worth the most; of equals some by lot.
    ///
    /// - Parameters:
    ///   - worth: What each is worth.
    ///   - share: From 0 to 1.
    ///   - seed: Seed of the lot.
    static func most(_ worth: [Float], share: Double, seed: UInt64) -> [Bool] {
        var random = SeededGenerator(seed: seed, streams: [14])
        let order = worth.indices.shuffled(using: &random).sorted { worth[$0] > worth[$1] }
        var chosen = [Bool](repeating: false, count: worth.count)
        for place in order.prefix(Int((share * Double(worth.count)).rounded())) { chosen[place] = true }
        return chosen
    }
}
