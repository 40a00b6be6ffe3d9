import MetaNetwork
import MetaNetworkData

/// The order in which one epoch visits the training positions.
///
/// Positions are grouped in chunks of consecutive interactions of one user. The generator reads a chunk's samples in one
/// causal pass: the hidden state after sample t *is* the encoding of all samples up to t.
struct EpochPlan {
    /// Consecutive targets of one user, and the samples that the generator reads for them.
    struct Chunk: Equatable {
        let user: Int32
        /// Absolute indices of the interactions to predict.
        let targets: Range<Int>
        /// Absolute indices of the samples; they begin before the first target and end before the last.
        let samples: Range<Int>
    }

    /// Chunks of each step.
    let batches: [[Chunk]]

    /// Plans an epoch from the random source alone, so that a resumed run visits the same positions.
    ///
    /// A chunk has at most half as many targets as the generator's window, so that each sees at least half a window of
    /// samples where there are as many; where chunks begin changes from epoch to epoch.
    ///
    /// - Parameters:
    ///   - dataset: The interactions.
    ///   - window: The generator's window.
    ///   - ages: The largest age of generated weights: the generator reads as many more samples.
    ///   - batch: Maximum number of targets of a step.
    ///   - fillsSteps: Whether every step but the last has as many targets as it may: a chunk goes on in the next step where it does not fit.
    ///   - random: Random source of this epoch.
    init(
        _ dataset: InteractionDataset,
        window: Int,
        ages: Int = 0,
        batch: Int,
        fillsSteps: Bool = false,
        random: inout SeededGenerator
    ) {
        let longest = max(1, min(batch, (window + 1) / 2))
        var chunks: [Chunk] = []
        for user in 0..<dataset.userCount {
            let start = dataset.offsets[user]
            let end = dataset.trainingEnds[user]
            guard end - start >= 2 else { continue }
            var first = start + 1
            var last = min(end, first + 1 + random.index(below: longest))
            while first < end {
                let samples = Self.samples(before: last, from: start, atMost: window + ages)
                chunks.append(Chunk(user: Int32(user), targets: first..<last, samples: samples))
                first = last
                last = min(end, last + longest)
            }
        }
        chunks.shuffle(using: &random)
        var batches: [[Chunk]] = []
        var current: [Chunk] = []
        var count = 0
        for var chunk in chunks {
            let room = batch - count
            if fillsSteps, (1..<chunk.targets.count).contains(room) {
                let middle = chunk.targets.lowerBound + room
                let start = dataset.offsets[Int(chunk.user)]
                let samples = Self.samples(before: middle, from: start, atMost: window + ages)
                let targets = chunk.targets.lowerBound..<middle
                current.append(Chunk(user: chunk.user, targets: targets, samples: samples))
                count = batch
                chunk = Chunk(user: chunk.user, targets: middle..<chunk.targets.upperBound, samples: chunk.samples)
            }
            if count + chunk.targets.count > batch, !current.isEmpty {
                batches.append(current)
                current = []
                count = 0
            }
            current.append(chunk)
            count += chunk.targets.count
        }
        if !current.isEmpty { batches.append(current) }
        self.batches = batches
    }

    /// What the generator reads for targets that end at a place.
    private static func samples(before end: Int, from start: Int, atMost count: Int) -> Range<Int> {
        max(start, end - 1 - count)..<(end - 1)
    }
}
