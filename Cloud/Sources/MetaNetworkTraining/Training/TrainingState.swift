/// Where a run stands; saved in checkpoints so that a resumed run ends with the same weights.
struct TrainingState: Codable, Sendable {
    /// Epochs finished.
    var epoch = 0
    /// Steps taken of the epoch that has begun.
    var step = 0
    /// Steps that Adam has taken in all.
    var optimizerStep = 0
    /// Sum over the epoch's positions of their loss.
    var lossSum = 0.0
    /// Positions of the epoch so far.
    var positions = 0
    /// Positions of all epochs.
    var totalPositions = 0
    /// Seconds spent in training steps.
    var trainingSeconds = 0.0
    /// Seconds spent in all.
    var seconds = 0.0
    /// Every finished epoch.
    var curve: [Comparison.EpochPoint] = []

    /// The epoch with the best validation AUC; the earlier of equals.
    var best: Comparison.EpochPoint? {
        curve.reduce(nil) { best, point in
            guard let best, best.validation >= point.validation else { return point }
            return best
        }
    }
}
