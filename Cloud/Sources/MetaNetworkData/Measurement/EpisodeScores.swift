import Foundation
import MetaNetwork

/// What a model over vectors gave for the inputs of held-out devices.
public struct EpisodeScores: Sendable {
    /// The episodes.
    public let episodes: [Episode]
    /// Logits or values, one input after the other.
    public let outputs: [Float]
    /// What the outputs are.
    public let description: BundleManifest.Outputs

    /// Creates scores.
    ///
    /// - Parameters:
    ///   - episodes: The episodes.
    ///   - outputs: As many values for each input as `description` has names.
    ///   - description: What the outputs are.
    public init(episodes: [Episode], outputs: [Float], description: BundleManifest.Outputs) {
        self.episodes = episodes
        self.outputs = outputs
        self.description = description
    }

    /// Errors of one input.
    struct InputErrors {
        /// 1 where the largest logit is that of the class, and no other is as large.
        var hit = 0.0
        /// Cross-entropy, or squared error.
        var loss = 0.0
        var absolute = 0.0
    }

    /// Calls a body with the index of each input's episode and its errors.
    func forEachInput(_ body: (Int, InputErrors) -> Void) {
        let width = description.names.count
        var place = 0
        for (number, episode) in episodes.enumerated() {
            for input in episode.query.indices {
                let row = outputs[place..<place + width]
                switch description.kind {
                case .classification: body(number, Self.errors(row, class: Int(episode.targets[input])))
                case .regression:
                    body(number, Self.errors(row, targets: episode.targets[input * width..<(input + 1) * width]))
                }
                place += width
            }
        }
    }

    private static func errors(_ logits: ArraySlice<Float>, class index: Int) -> InputErrors {
        let values = logits.map(Double.init)
        guard let largest = values.max() else { preconditionFailure("a model gives a logit for each class") }
        let own = values[index]
        let isHit = values.enumerated().allSatisfy { $0 == index || $1 < own }
        let sum = values.reduce(0) { $0 + exp($1 - largest) }
        return InputErrors(hit: isHit ? 1 : 0, loss: log(sum) + largest - own)
    }

    private static func errors(_ values: ArraySlice<Float>, targets: ArraySlice<Float>) -> InputErrors {
        var errors = InputErrors()
        for (value, target) in zip(values, targets) {
            let difference = Double(value) - Double(target)
            errors.loss += difference * difference / Double(targets.count)
            errors.absolute += abs(difference) / Double(targets.count)
        }
        return errors
    }

    /// Mean errors of each value to predict, and the number of inputs.
    var errorsByValue: (squared: [Double], absolute: [Double], count: Int) {
        let width = description.names.count
        var (squared, absolute) = ([Double](repeating: 0, count: width), [Double](repeating: 0, count: width))
        let targets = episodes.flatMap(\.targets)
        for (place, (output, target)) in zip(outputs, targets).enumerated() {
            let difference = Double(output) - Double(target)
            squared[place % width] += difference * difference
            absolute[place % width] += abs(difference)
        }
        let count = targets.count / width
        return (squared.map { $0 / Double(count) }, absolute.map { $0 / Double(count) }, count)
    }

    /// Variance of the targets, mean over the values to predict.
    var targetVariance: Double {
        let width = description.names.count
        var total = 0.0
        for column in 0..<width {
            let values = episodes.flatMap { episode in
                stride(from: column, to: episode.targets.count, by: width).map { Double(episode.targets[$0]) }
            }
            let mean = values.reduce(0, +) / Double(values.count)
            total += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        }
        return total / Double(width)
    }

    /// The index of each episode's device, in order of their first episodes.
    var devicePlaces: [Int] {
        var places: [String: Int] = [:]
        return episodes.map { episode in
            let place = places[episode.device] ?? places.count
            places[episode.device] = place
            return place
        }
    }

    /// The groups in order of the episodes, with the indices of their devices as ``Metrics`` counts them.
    public var groups: [(name: String, devices: [Int])] {
        var groups: [(name: String, devices: [Int])] = []
        for (episode, place) in zip(episodes, devicePlaces) {
            let group = groups.firstIndex { $0.name == episode.group } ?? groups.count
            if group == groups.count { groups.append((episode.group, [])) }
            if !groups[group].devices.contains(place) { groups[group].devices.append(place) }
        }
        return groups
    }
}
