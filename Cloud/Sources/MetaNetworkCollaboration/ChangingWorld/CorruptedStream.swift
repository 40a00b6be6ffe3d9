import MetaNetwork
import MetaNetworkData
import MetaNetworkTraining
import Torch

/// Images of the test part in the order in which a device meets them: one corruption after the other, in batches.
///
/// The draws depend on the seed alone, so that all policies meet the same images.
package struct CorruptedStream: Sendable {
    /// The batches, ``batchSize`` images each but for the last of a corruption.
    package let batches: [Batch]
    /// The test part's images as they are, with their classes.
    let clean: [(pixels: [Float], class: Int)]
    /// What is told apart.
    let source: ShiftedImages

    /// Some images that follow each other.
    package struct Batch: Sendable {
        /// For example `fog, batch 3`.
        package let name: String
        /// What spoils its images.
        package let corruption: ImageCorruption
        /// Grey values from 0 to 1, row by row.
        package let images: [[Float]]
        /// Class of each image.
        package let classes: [Int]
    }

    /// Images that a device answers before it hears of the cloud again (the batch of `Yangsenqiao/vida`, by the same group).
    package static let batchSize = 40

    /// Images of a batch that a device uploads, one at least.
    ///
    /// - Parameter share: Share of the batch, from 0 to 1.
    package static func uploads(share: Double) -> Int { max(1, Int((share * Double(batchSize)).rounded())) }

    /// - Parameters:
    ///   - source: Images in parts.
    ///   - images: Images of each corruption; distinct ones as far as there are as many.
    ///   - seed: Seed of what is drawn.
    /// - Throws: ``MetaNetworkData/DataError`` where the test part has fewer images than there are batches, over which the clean images are
    ///   spread in the end.
    package init(_ source: ShiftedImages, images: Int, seed: UInt64) throws(DataError) {
        (self.source, clean) = (source, source.images(.test))
        batches = ImageCorruption.allCases.enumerated().flatMap { [clean] number, corruption in
            var random = SeededGenerator(seed: seed, streams: [31, UInt64(number)])
            let order = clean.shuffled(using: &random)
            let drawn = (0..<images).map { order[$0 % order.count] }
            return stride(from: 0, to: images, by: Self.batchSize).map { first in
                let own = drawn[first..<min(first + Self.batchSize, images)]
                return Batch(
                    name: "\(corruption.rawValue), batch \(first / Self.batchSize + 1)",
                    corruption: corruption,
                    images: own.map {
                        corruption.applied(to: $0.pixels, width: source.collection.width, random: &random)
                    },
                    classes: own.map(\.class)
                )
            }
        }
        guard clean.count >= batches.count else {
            throw DataError(
                "there are \(clean.count) test images, and the stream has \(batches.count) batches; give more images, or a shorter stream"
            )
        }
    }

    /// What there is, for reports.
    package var facts: [(label: String, count: Int)] {
        [
            ("Corruptions", Set(batches.map(\.corruption)).count), ("Batches", batches.count),
            ("Images of the stream", batches.reduce(0) { $0 + $1.images.count }), ("Clean images", clean.count),
        ]
    }

    /// What a device's answers to the stream come to, by the sets `stream`, apart by corruption too, and `clean`.
    ///
    /// - Parameters:
    ///   - logits: Answers to the stream's images, each as it came.
    ///   - clean: Answers to ``cleanImages`` after the stream.
    package func scores(_ logits: [Float], clean: [Float]) -> Scores {
        Self.scores([(self, logits, clean)])
    }

    /// The same for several devices, each with a stream of its own.
    package static func scores(_ devices: [(stream: CorruptedStream, logits: [Float], clean: [Float])]) -> Scores {
        func joined(_ episodes: [Episode], _ outputs: [Float]) -> EpisodeScores {
            EpisodeScores(episodes: episodes, outputs: outputs, description: devices[0].stream.source.outputs)
        }
        let sets = [
            (
                "stream", "the stream, each image as it came",
                joined(devices.flatMap(\.stream.episodes), devices.flatMap(\.logits))
            ),
            (
                "clean", "clean images after the stream",
                joined(devices.flatMap(\.stream.cleanEpisodes), devices.flatMap(\.clean))
            ),
        ]
        return Scores(sets, subjects: "batches", groupsAs: "By corruption")
    }

    /// Share of the stream's images that a model has right.
    package func accuracy(of model: InputClassifier) throws -> Double {
        let logits = try withoutGradients {
            try batches.flatMap { try model.logits(Tensor(rows: $0.images)).floats() }
        }
        let scores = EpisodeScores(episodes: episodes, outputs: logits, description: source.outputs)
        guard let accuracy = Metrics(scores).values["accuracy"] else { preconditionFailure("classes have an accuracy") }
        return accuracy
    }

    /// The clean images, spread over the batches, which are drawn for intervals.
    package var cleanImages: [[Float]] { spread.flatMap { $0.map(\.pixels) } }

    private var episodes: [Episode] {
        batches.map { batch in episode(batch, zip(batch.images, batch.classes).map { (pixels: $0, class: $1) }) }
    }

    private var cleanEpisodes: [Episode] { zip(batches, spread).map { episode($0, $1) } }

    private var spread: [[(pixels: [Float], class: Int)]] {
        batches.indices.map { first in
            stride(from: first, to: clean.count, by: batches.count).map { clean[$0] }
        }
    }

    private func episode(_ batch: Batch, _ images: [(pixels: [Float], class: Int)]) -> Episode {
        Episode(
            device: batch.name,
            group: batch.corruption.rawValue,
            support: images.prefix(1).map(\.pixels),
            query: images.map(\.pixels),
            targets: images.map { Float($0.class) }
        )
    }
}
