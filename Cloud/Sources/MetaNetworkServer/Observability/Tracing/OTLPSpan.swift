import Synchronization
import Tracing

/// A span, what it says so far.
struct SpanRecord: Sendable {
    var name: String
    let kind: SpanKind
    let trace: TraceContext
    /// The id of the span that this one is a part of.
    let parent: String?
    /// In nanoseconds since 1970.
    let start: UInt64
    /// In nanoseconds since 1970.
    var end: UInt64 = 0
    var attributes: SpanAttributes = [:]
    var status: SpanStatus?
}

/// A span of an ``OTLPTracer``.
public final class OTLPSpan: Tracing.Span {
    /// The context of spans within this one.
    public let context: ServiceContext
    private let record: Mutex<SpanRecord>
    private let hasEnded = Atomic(false)
    private let buffer: SpanBuffer?

    /// - Parameter buffer: Where the span goes when it ends; `nil` where its trace is not recorded.
    init(_ record: SpanRecord, _ context: ServiceContext, _ buffer: SpanBuffer?) {
        self.record = Mutex(record)
        self.context = context
        self.buffer = buffer
    }

    /// Whether its trace is recorded.
    public var isRecording: Bool { buffer != nil }

    /// What was done.
    public var operationName: String {
        get { record.withLock { $0.name } }
        set { record.withLock { $0.name = newValue } }
    }

    /// What is known of it.
    public var attributes: SpanAttributes {
        get { record.withLock { $0.attributes } }
        set { record.withLock { $0.attributes = newValue } }
    }

    /// Whether it failed.
    public func setStatus(_ status: SpanStatus) { record.withLock { $0.status = status } }

    /// Says what went wrong, and that it did.
    public func recordError<Instant: TracerInstant>(
        _ error: any Error,
        attributes: SpanAttributes,
        at instant: @autoclosure () -> Instant
    ) {
        setStatus(SpanStatus(code: .error, message: "\(error)"))
    }

    /// Events are not exported: the parts of a request are spans of their own.
    public func addEvent(_ event: SpanEvent) {}

    /// Links are not exported: a request has one caller.
    public func addLink(_ link: SpanLink) {}

    /// Ends it; a second end changes nothing.
    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard let buffer, !hasEnded.exchange(true, ordering: .relaxed) else { return }
        let end = instant().nanosecondsSinceEpoch
        buffer.append(
            record.withLock { record in
                record.end = end
                return record
            }
        )
    }
}
