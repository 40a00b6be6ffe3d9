import Metrics

/// A request as it waits for a batch.
public protocol BatchedRequest: Sendable {
    /// What it is answered with.
    associatedtype Answer: Sendable

    /// Whether somebody waits for the answer; asked when its batch begins, from any thread.
    var isWanted: @Sendable () -> Bool { get }
}

/// An answer as it is sent.
public struct SignedAnswer: Sendable {
    /// The body.
    public let body: [UInt8]
    /// Its signature's header.
    public let signature: String

    /// Creates an answer.
    public init(body: [UInt8], signature: String) {
        self.body = body
        self.signature = signature
    }
}

/// Why a request was not computed.
public enum BatchError: Error {
    /// The queue is full.
    case full
    /// The request waited longer than it may.
    case expired
}

/// When the parts of a request's turn began.
public struct BatchTimes: Sendable {
    /// The request came into the queue.
    public let queued: ContinuousClock.Instant
    /// Its batch began.
    public let started: ContinuousClock.Instant
    /// The model was done with the batch.
    public let inferred: ContinuousClock.Instant
    /// The batch's answers were encoded and signed.
    public let finished: ContinuousClock.Instant
}

/// What happened to a batch, for metrics.
public struct BatchObservation: Sendable {
    /// Requests of the batch.
    public let size: Int
    /// Why it was dispatched.
    public let reason: Reason
    /// How long its oldest request had waited.
    public let queued: Duration
    /// How long the model took.
    public let inferred: Duration
    /// How long its outputs took to be encoded and signed.
    public let encoded: Duration

    /// Why a batch was dispatched when it was.
    public enum Reason: String, Sendable, CaseIterable {
        /// The batcher was idle.
        case idle
        /// The previous batch was done.
        case gathered
        /// It was full.
        case full
        /// Its oldest request had waited long enough.
        case delay
    }
}

extension BatchObservation {
    private static let batchSizes = Recorder(.batchSize)
    private static let queueSeconds = Metrics.Timer(.queueSeconds)
    private static let inferSeconds = Metrics.Timer(.computeInferSeconds)
    private static let outputSeconds = Metrics.Timer(.computeOutputSeconds)
    private static let batches = Dictionary(
        uniqueKeysWithValues: Reason.allCases.map { ($0, Counter(.batches, [("reason", $0.rawValue)])) }
    )

    /// Adds the batch to the service's metrics.
    func record() {
        Self.batchSizes.record(size)
        Self.batches[reason]?.increment()
        Self.queueSeconds.record(duration: queued)
        Self.inferSeconds.record(duration: inferred)
        Self.outputSeconds.record(duration: encoded)
    }
}
