import MetaNetwork

extension Architecture {
    /// The form of generator where nobody names one: of those that the architecture can take the smallest that lost to no other in
    /// `Experiments/`. A vector where a ranking's score is an inner product, scales and shifts for a model over feature vectors, and
    /// whole layers over the trained ones for all others.
    package var usualForm: GeneratorConfiguration.Form {
        let smallest: GeneratorConfiguration.Form?
        if readsItems {
            smallest = .vector
        } else {
            smallest = inputs.contains { $0.kind == .image } ? nil : .film
        }
        guard let smallest, let added = smallest.added, (try? personalized(as: added)) != nil else { return .residual }
        return smallest
    }
}
