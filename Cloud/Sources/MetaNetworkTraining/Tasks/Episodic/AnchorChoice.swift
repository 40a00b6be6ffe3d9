/// Which samples a device uploads in place of all.
package enum AnchorChoice: String, Codable, Sendable, CaseIterable {
    /// Those that the device's runtime chooses, by k-medoids.
    case medoids
    /// The control: samples drawn by lot, each for those that it is nearest to.
    case random
    /// The control: what the runtime chooses, of another device of the same fold.
    case others
}
