import MetaNetwork

/// What is needed to measure answers of which some are replaced by better ones.
extension EpisodeScores {
    /// These outputs, for some inputs those of another model or other weights.
    ///
    /// - Parameters:
    ///   - other: The other outputs for the same inputs.
    ///   - isReplaced: Whether an input takes them.
    package func replaced(by other: EpisodeScores, where isReplaced: [Bool]) -> EpisodeScores {
        let width = description.names.count
        precondition(
            outputs.count == other.outputs.count && isReplaced.count * width == outputs.count,
            "the same inputs, and a choice for each"
        )
        var outputs = outputs
        for row in isReplaced.indices where isReplaced[row] {
            let place = row * width..<(row + 1) * width
            outputs.replaceSubrange(place, with: other.outputs[place])
        }
        return EpisodeScores(episodes: episodes, outputs: outputs, description: description)
    }

    /// Whether each input's class has the largest logit, and it alone.
    package var hits: [Bool] {
        var hits: [Bool] = []
        forEachInput { hits.append($1.hit == 1) }
        return hits
    }

    /// By how much each input's largest logit exceeds the second; there are two classes at least.
    package func margins() -> [Float] {
        let width = description.names.count
        return stride(from: 0, to: outputs.count, by: width).map { first in
            var (best, second) = (-Float.infinity, -Float.infinity)
            for value in outputs[first..<first + width] {
                (best, second) = (max(best, value), max(second, min(best, value)))
            }
            return best - second
        }
    }

    /// Index of each input's device, as ``Metrics`` counts them.
    package var owners: [Int] {
        let places = devicePlaces
        var owners: [Int] = []
        forEachInput { episode, _ in owners.append(places[episode]) }
        return owners
    }
}
