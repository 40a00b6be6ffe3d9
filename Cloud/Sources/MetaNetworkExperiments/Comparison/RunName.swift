/// One method with one seed, by name: what one record is of.
package struct RunName: Codable, Hashable, Sendable {
    /// The method's name, unique in its part.
    package let method: String
    /// The seed.
    package let seed: UInt64
}
