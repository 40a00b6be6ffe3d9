/// Where a run stands; saved in checkpoints so that a resumed run ends with the same weights.
package struct TrainingState: Codable, Sendable {
    /// Epochs finished.
    package var epoch = 0
    /// Steps taken of the epoch that has begun.
    package var step = 0
    /// Steps that Adam has taken in all.
    package var optimizerStep = 0
    /// Sum over the epoch's positions of their loss.
    package var lossSum = 0.0
    /// Positions of the epoch so far.
    package var positions = 0
    /// Positions of all epochs.
    package var totalPositions = 0
    /// Seconds spent in training steps.
    package var trainingSeconds = 0.0
    /// Seconds spent in all.
    package var seconds = 0.0
    /// How often the learning rate became smaller.
    package var decays = 0
    /// Epochs that were finished when it last did.
    package var decayed = 0
    /// Every finished epoch.
    package var curve: [EpochPoint] = []

    /// The epoch with the best validation AUC; the earlier of equals.
    package var best: EpochPoint? {
        curve.reduce(nil) { best, point in
            guard let best, best.validation >= point.validation else { return point }
            return best
        }
    }
}
