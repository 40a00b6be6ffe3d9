import DequeModule
import Metrics
import Synchronization

/// Spans that have ended and wait to be sent; those that there is no room for are counted and dropped.
final class SpanBuffer: Sendable {
    /// Spans that wait at most, of some 500 bytes each.
    static let limit = 8192

    private let spans = Mutex<Deque<SpanRecord>>([])
    private static let dropped = Counter(.spans, [("result", "dropped")])
    private static let sent = Counter(.spans, [("result", "sent")])

    /// Whether no span waits.
    var isEmpty: Bool { spans.withLock { $0.isEmpty } }

    func append(_ span: SpanRecord) {
        let isKept = spans.withLock { spans in
            guard spans.count < Self.limit else { return false }
            spans.append(span)
            return true
        }
        if !isKept { Self.dropped.increment() }
    }

    /// Takes the oldest spans.
    func take(_ count: Int) -> [SpanRecord] {
        spans.withLock { spans in
            let taken = Array(spans.prefix(count))
            spans.removeFirst(taken.count)
            return taken
        }
    }

    /// Counts what became of spans that were taken.
    func count(_ number: Int, wereSent: Bool) { (wereSent ? Self.sent : Self.dropped).increment(by: number) }
}
