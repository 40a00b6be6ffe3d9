import Logging
import Tracing

/// Makes spans of requests and keeps those that have ended until an ``OTLPExporter`` sends them.
public final class OTLPTracer: Tracer {
    let buffer = SpanBuffer()
    private let share: Double

    /// - Parameter share: Share of the traces that begin here that are recorded, from 0 to 1. Of others whoever began them decides.
    public init(share: Double = 1) { self.share = share }

    /// Begins a span. It belongs to the trace of its context, or to a new one.
    public func startSpan<Instant: TracerInstant>(
        _ operationName: String,
        context: @autoclosure () -> ServiceContext,
        ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant,
        function: String,
        file fileID: String,
        line: UInt
    ) -> OTLPSpan {
        var context = context()
        let parent = context.trace
        let own = parent.map { TraceContext(childOf: $0) } ?? TraceContext(share: share)
        context.trace = own
        let record = SpanRecord(
            name: operationName,
            kind: kind,
            trace: own,
            parent: parent?.spanID,
            start: instant().nanosecondsSinceEpoch
        )
        return OTLPSpan(record, context, own.isSampled ? buffer : nil)
    }

    /// The exporter sends what there is all the time.
    public func forceFlush() {}

    /// Reads `traceparent` and `tracestate`.
    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier,
        into context: inout ServiceContext,
        using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let parent = extractor.extract(key: "traceparent", from: carrier) else { return }
        context.trace = TraceContext(parent: parent, state: extractor.extract(key: "tracestate", from: carrier))
    }

    /// Writes `traceparent` and `tracestate`.
    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext,
        into carrier: inout Carrier,
        using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context.trace else { return }
        injector.inject(trace.header, forKey: "traceparent", into: &carrier)
        if let state = trace.state { injector.inject(state, forKey: "tracestate", into: &carrier) }
    }
}
