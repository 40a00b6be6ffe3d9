import MetaNetwork

extension Architecture {
    /// Whether it ranks items, and reads no vectors.
    /// Number of items of a model of this architecture.
    ///
    /// - Parameter catalogue: Number of items that there are to rank.
    package func itemCount(of catalogue: Int) -> Int { readsItems ? catalogue : 0 }

    /// Checks that the architecture ranks items.
    ///
    /// - Throws: ``ModelError/unsuitable(_:)``.
    package func requireItems() throws(ModelError) {
        guard readsItems else {
            throw .unsuitable(
                "the architecture '\(name)' reads vectors and ranks no items; train it with "
                    + "--task classification, regression or images"
            )
        }
    }

    /// Checks that the architecture reads feature vectors, windows of them or images.
    ///
    /// - Throws: ``ModelError/unsuitable(_:)``.
    package func requireVectors() throws(ModelError) {
        guard !readsItems else {
            throw .unsuitable(
                "the architecture '\(name)' ranks items and reads no vectors; train it with --task ranking"
            )
        }
    }
}
