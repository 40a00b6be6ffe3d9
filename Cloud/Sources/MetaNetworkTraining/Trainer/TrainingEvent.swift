/// What a running training reports.
public enum TrainingEvent: Sendable {
    /// A step was taken: epoch (from 1), steps of the epoch taken and in all, positions a second so far.
    case step(epoch: Int, step: Int, steps: Int, loss: Double, positionsPerSecond: Double)
    /// An epoch ended and was validated by this metric.
    case epoch(EpochPoint, metric: String, seconds: Double)
    /// Validation stopped improving, so training ends before the last epoch.
    case earlyStop(epoch: Int, bestEpoch: Int, metric: String)
}
