import MetaNetworkData

/// Moments in which generated weights have grown old, and what a device knows in each: what is learned of when to ask for new ones.
package struct AgedSituations {
    /// Values of what stands for a sample.
    package let sampleWidth: Int
    /// Mean of what stands for the samples that the generator would read now, one a moment.
    package var recent: [[Float]] = []
    /// The same when the weights were made.
    package var behind: [[Float]] = []
    /// What stands for what came next: the item that was chosen, or the input.
    package var chosen: [[Float]] = []
    /// What stands for something else: an item of the list that was not chosen, or an input of another moment.
    package var other: [[Float]] = []
    /// Whether the old weights make a mistake; empty where nobody asked.
    package var isWrong: [Bool] = []

    /// Number of moments.
    package var count: Int { recent.count }

    init(sampleWidth: Int) { self.sampleWidth = sampleWidth }

    mutating func append(_ other: AgedSituations) {
        recent += other.recent
        behind += other.behind
        chosen += other.chosen
        self.other += other.other
        isWrong += other.isWrong
    }
}
