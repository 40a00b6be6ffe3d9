import MetaNetwork
import MetaNetworkData

/// Where a run whose devices share rows was at some model.
public struct CodedPoint: Sendable, Equatable {
    /// Models made until then.
    public let version: Int
    /// Simulated seconds.
    public let seconds: Double
    /// Bytes that devices sent to the coordinator or the server.
    public let bytesUp: Int
    /// Bytes that were sent to devices by the coordinator.
    public let bytesDown: Int
    /// Bytes that devices sent to each other.
    public let bytesBetween: Int
    /// Mean squared error of the period's held-out rows.
    public let error: Double
    /// How far that is above the error of least squares on all of the period's rows, as a share.
    public let excess: Double
    /// Share of held-out rows whose largest output is that of their class; `nil` where outputs are no classes.
    public let accuracy: Double?
    /// Mean squared error of the rows that devices learn from.
    public let trainingError: Double
}

/// What a run whose devices share rows came to.
public struct CodedResult: Sendable {
    /// The last model, d × k.
    public let weights: [Double]
    /// From the model before the first to the last; each period begins with a measurement.
    public let points: [CodedPoint]
    /// What it scores on the last period's held-out rows.
    public let scores: Scores
    /// Rows of a code for each row in it; `nil` where no rows are coded or sampled.
    public let rate: Double?
    /// Who computes what in the last period.
    public let loads: DeviceLoads
    /// Rows of each device then.
    public let rows: [Int]
    /// Seconds that each device takes for the gradient of a row.
    public let pace: [Double]
    /// Seconds from a change of rows until the error is within the target, mean over all periods but the first; `nil` where there are none, or
    /// one ended before.
    public let recovery: Double?
    /// Seconds that exchanging rows took.
    public let exchangeSeconds: Double
    /// Whether the run came to its end, rather than being stopped before.
    public let isComplete: Bool

    /// Number of weights.
    public var parameterCount: Int { weights.count }
    /// Whether codes have too few rows to say anything by themselves: no more than one for each input and one more, so that what is learned
    /// is as good as the rows that devices compute themselves, and worse than least squares by a floor that more iterations do not lower.
    public var hasFewCodedRows: Bool {
        rate != nil && loads.coded > 0 && loads.coded <= width + 1
    }
    /// Values of a row's input, d.
    public let width: Int
}
