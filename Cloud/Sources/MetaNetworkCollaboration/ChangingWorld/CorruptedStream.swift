import MetaNetworkData

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

    /// Answers to the stream's images, a device for each batch.
    func scores(_ logits: [Float]) -> EpisodeScores {
        let episodes = batches.map { batch in
            episode(batch, zip(batch.images, batch.classes).map { (pixels: $0, class: $1) })
        }
        return EpisodeScores(episodes: episodes, outputs: logits, description: source.outputs)
    }

    /// The clean images in the order of ``cleanScores(_:)``: spread over the batches, which are drawn for intervals.
    var cleanImages: [[Float]] { spread.flatMap { $0.map(\.pixels) } }

    /// Answers to ``cleanImages``.
    func cleanScores(_ logits: [Float]) -> EpisodeScores {
        let episodes = zip(batches, spread).map { episode($0, $1) }
        return EpisodeScores(episodes: episodes, outputs: logits, description: source.outputs)
    }

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
