/// How much each interaction counts as something to learn; as part of a history all count alike.
public enum InteractionWeights: Sendable, Hashable {
    /// As much as its rating, or as often as the item was taken.
    case rating
    /// By what the user did; what is not named counts 1.
    case events([String: Double])

    /// The weight that an interaction's columns give it; `nil` where a rating is no number from 0.
    func weight(rating: Double?, event: UnsafeBufferPointer<UInt8>?) -> Float? {
        switch self {
        case .rating: return rating.flatMap { $0 >= 0 ? Float($0) : nil }
        case .events(let weights):
            guard let event else { preconditionFailure("a format without events is refused") }
            // A few names, which are compared without making a string of each line's.
            return Float(weights.first { event.elementsEqual($0.key.utf8) }?.value ?? 1)
        }
    }
}
