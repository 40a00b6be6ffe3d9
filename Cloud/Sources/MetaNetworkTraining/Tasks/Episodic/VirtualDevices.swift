import Foundation
import MetaNetwork
import MetaNetworkData

/// Makes devices that nobody has of those in training: a dozen real ones say little of what a thirteenth may be like.
///
/// Each time that a device is met, its features get gains and offsets of their own, the same for all of its samples and inputs, as
/// another sensor, strap or mounting would give them; and the generator reads a subset of its samples. How far it goes is drawn too,
/// from nothing to ``strength``.
struct VirtualDevices {
    /// Standard deviation of the offsets at most, in those of the features; half as much is that of the gains' logarithms.
    let strength: Double
    private let places: FeaturePlaces
    private let deviations: [Float]

    /// Inputs that the features' deviations are measured on, about.
    private static let momentLimit = 20_000

    /// - Parameters:
    ///   - strength: How far devices differ; `nil` is returned for 0.
    ///   - source: The devices of training.
    /// - Throws: ``TrainingError/badSetting(_:)`` where inputs have no features.
    init?(strength: Double, of source: any EpisodeSource) throws {
        guard strength > 0 else { return nil }
        guard !source.featureInputs.isEmpty else {
            throw TrainingError.badSetting(
                "virtual-devices is \(strength), but pixels are no features with gains of their own; leave it out of images"
            )
        }
        self.strength = strength
        places = FeaturePlaces(source.featureInputs)
        deviations = FeatureMoments(source.trainingInputs(limit: Self.momentLimit), places).scales.map { 1 / $0 }
    }

    /// The episode of a device that differs from this one.
    func changed(_ episode: Episode, random: inout SeededGenerator) -> Episode {
        let spread = Float(strength) * random.uniform()
        let gains = deviations.map { _ in exp(spread / 2 * random.normal()) }
        let offsets = deviations.map { $0 * spread * random.normal() }
        func changed(_ input: [Float]) -> [Float] {
            places.map(input) { $0 * gains[$1] + offsets[$1] }
        }
        let count = episode.support.count - random.index(below: episode.support.count / 2 + 1)
        let kept = episode.support.indices.shuffled(using: &random).prefix(max(1, count)).sorted()
        return Episode(
            device: episode.device,
            group: episode.group,
            support: kept.map { changed(episode.support[$0]) },
            query: episode.query.map(changed),
            targets: episode.targets
        )
    }
}
