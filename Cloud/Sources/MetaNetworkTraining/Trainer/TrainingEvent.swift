/// What a running training reports.
public enum TrainingEvent: Sendable {
    /// A step was taken: epoch (from 1), steps of the epoch taken and in all, positions a second so far.
    case step(epoch: Int, step: Int, steps: Int, loss: Double, positionsPerSecond: Double)
    /// An epoch ended and was validated by this metric.
    case epoch(EpochPoint, metric: String, seconds: Double)
    /// Validation stopped improving, so training ends before the last epoch.
    case earlyStop(epoch: Int, bestEpoch: Int, metric: String)
    /// The state could not be saved, as its place cannot be reached: training goes on, and the next time that it is saved counts.
    case notSaved(String)
}
