import Crypto
import Foundation
import MetaNetwork

/// Images as devices with shifts of their own see them: a device is one shift, of an amount that training never saw for
/// validation and test, on images that training never saw.
///
/// Of the images 70 % train, 10 % validate and 20 % test. One training device in six has no shift, as if that were one level
/// of severity beside five.
public struct ShiftedImages: EpisodeSource {
    /// The images.
    public let collection: ImageSet
    /// The kinds of shifts that devices of training and validation have; none where they see the images as they are.
    public let kinds: [ImageShift.Kind]
    /// The kinds of shifts that devices of the test have.
    public let testKinds: [ImageShift.Kind]
    /// Samples that a device uploads unless told otherwise.
    public static let defaultSamples = 16
    /// Unlabelled images that a device uploads.
    public let samples: Int
    /// Held-out devices of each kind and level.
    public let devicesOfLevel: Int
    private let indices: [Part: [Int]]

    /// Images that a held-out device meets.
    private static let inputsOfDevice = 50
    /// Images that a training device meets in a step.
    private static let inputsOfStep = 16
    /// How often an epoch meets each training image.
    private static let passes = 8
    /// Group of devices without a shift.
    public static let noShift = "no shift"

    /// Describes devices.
    ///
    /// - Parameters:
    ///   - collection: The images.
    ///   - kinds: The kinds of shifts; devices without one see images as they are.
    ///   - testKinds: The kinds that the test measures, such as one that training never meets; `nil` for the same ones.
    ///   - samples: Unlabelled images that a device uploads, 1 or more.
    ///   - devicesOfLevel: Held-out devices of each kind and level.
    /// - Throws: ``DataError`` where there are too few images, or a class has none for training.
    public init(
        _ collection: ImageSet,
        kinds: [ImageShift.Kind],
        testKinds: [ImageShift.Kind]? = nil,
        samples: Int = defaultSamples,
        devicesOfLevel: Int = 10
    ) throws(DataError) {
        guard collection.count >= 100 else {
            throw DataError("there are \(collection.count) images; held-out devices need at least 100")
        }
        var random = SeededGenerator(seed: EvaluationCandidates.standardSeed)
        let order = Array(0..<collection.count).shuffled(using: &random)
        let (first, second) = (collection.count * 7 / 10, collection.count * 8 / 10)
        indices = [
            .training: Array(order[..<first]), .validation: Array(order[first..<second]),
            .test: Array(order[second...]),
        ]
        let seen = Set(order[..<first].map { collection.labels[$0] })
        if let missing = collection.classes.indices.first(where: { !seen.contains($0) }) {
            throw DataError(
                "no training image has the class '\(collection.classes[missing])', so no model can learn it; give more of its images"
            )
        }
        self.collection = collection
        self.kinds = kinds
        self.testKinds = testKinds ?? kinds
        self.samples = samples
        self.devicesOfLevel = devicesOfLevel
    }

    private init(unshifted other: ShiftedImages) {
        (collection, indices, samples, devicesOfLevel) =
            (other.collection, other.indices, other.samples, other.devicesOfLevel)
        (kinds, testKinds) = ([], [])
    }

    /// The same images in the same parts, on devices that see them as they are.
    package var unshifted: ShiftedImages { ShiftedImages(unshifted: self) }

    /// The images of a part as they are, with their classes.
    package func images(_ part: Part) -> [(pixels: [Float], class: Int)] {
        indices[part, default: []].map { (collection.images[$0], collection.labels[$0]) }
    }

    /// Number of values of one input.
    public var inputCount: Int { collection.height * collection.width }
    /// What an input is.
    public var inputDescription: String { "grey images of \(collection.height) × \(collection.width) pixels" }
    /// None: pixels are no features.
    public var featureInputs: [ModelGraph.NamedInput] { [] }
    /// What is predicted.
    public var outputs: BundleManifest.Outputs { .init(kind: .classification, names: collection.classes) }

    /// SHA-256 of the data and of how it is used, in hexadecimal.
    public var digest: String {
        let use =
            "\(collection.digest) \(kinds.map(\.rawValue)) \(testKinds.map(\.rawValue)) \(samples) \(devicesOfLevel)"
        return SHA256.hash(data: Data(use.utf8)).hexadecimal
    }

    /// Plans the steps of an epoch; see ``EpisodeSource``.
    public func plan(
        batch: Int,
        random: inout SeededGenerator
    ) -> [@Sendable (inout SeededGenerator) -> [Episode]] {
        let devices = max(1, batch / Self.inputsOfStep)
        let steps = max(1, indices[.training, default: []].count * Self.passes / (devices * Self.inputsOfStep))
        return (0..<steps).map { _ in
            { random in
                var episodes: [Episode] = []
                for _ in 0..<devices { episodes.append(trainingEpisode(&random)) }
                return episodes
            }
        }
    }

    private func trainingEpisode(_ random: inout SeededGenerator) -> Episode {
        episode(drawnShift(&random), .training, inputs: Self.inputsOfStep, name: "", random: &random)
    }

    private func drawnShift(_ random: inout SeededGenerator) -> ImageShift? {
        guard !kinds.isEmpty else { return nil }
        let kind = kinds[random.index(below: kinds.count)]
        let isShifted = random.index(below: ImageShift.levels + 1) > 0
        return isShifted ? ImageShift.drawn(kind, .training, random: &random) : nil
    }

    /// The episodes of a held-out part, the same on every call.
    public func episodes(_ part: Part) -> [Episode] {
        var random = SeededGenerator(seed: EvaluationCandidates.standardSeed, stream: part == .test ? 2 : 1)
        var shifts = [ImageShift?](repeating: nil, count: devicesOfLevel)
        for kind in part == .test ? testKinds : kinds {
            for level in 1...ImageShift.levels {
                for _ in 0..<devicesOfLevel {
                    shifts.append(ImageShift.drawn(kind, part, level: level, random: &random))
                }
            }
        }
        var episodes: [Episode] = []
        for (number, shift) in shifts.enumerated() {
            let name = "\(shift?.name ?? Self.noShift), device \(number + 1)"
            episodes.append(episode(shift, part, inputs: Self.inputsOfDevice, name: name, random: &random))
        }
        return episodes
    }

    private func episode(
        _ shift: ImageShift?,
        _ part: Part,
        inputs: Int,
        name: String,
        random: inout SeededGenerator
    ) -> Episode {
        let available = indices[part, default: []]
        let drawn =
            shift?.draw(samples + inputs, of: collection, available, random: &random)
            ?? ImageShift.distinct(samples + inputs, available, random: &random)
        var images: [[Float]] = []
        for index in drawn {
            let image = collection.images[index]
            images.append(shift?.applied(to: image, width: collection.width, random: &random) ?? image)
        }
        return Episode(
            device: name,
            group: shift.map { "\($0.kind.rawValue) \($0.level)" } ?? Self.noShift,
            support: Array(images.prefix(samples)),
            query: Array(images.dropFirst(samples)),
            targets: drawn.dropFirst(samples).map { Float(collection.labels[$0]) },
            supportTargets: drawn.prefix(samples).map { Float(collection.labels[$0]) }
        )
    }

    /// Inputs of the training part, at most `limit` of them.
    public func trainingInputs(limit: Int) -> [[Float]] {
        indices[.training, default: []].prefix(limit).map { collection.images[$0] }
    }
}
