import ServiceContextModule

/// Where a span stands: what W3C Trace Context's header `traceparent` says, with `tracestate` as it came.
struct TraceContext: Sendable, Equatable {
    /// 32 hexadecimal digits, not all zero.
    let traceID: String
    /// 16 hexadecimal digits, not all zero.
    let spanID: String
    /// Whether whoever began the trace wants it recorded.
    let isSampled: Bool
    /// The callers' own, as it came.
    let state: String?

    /// A new trace.
    ///
    /// - Parameter share: Share of the traces that are recorded, from 0 to 1. It goes by the trace's id alone, so that services with the
    ///   same share record the same traces.
    init(share: Double) {
        let low = UInt64.random(in: 1...UInt64.max)
        traceID = UInt64.random(in: 0...UInt64.max).hexadecimal + low.hexadecimal
        spanID = UInt64.random(in: 1...UInt64.max).hexadecimal
        isSampled = Double(low >> 11) < share * 0x1p53
        state = nil
    }

    /// A span within another one's trace.
    init(childOf parent: TraceContext) {
        (traceID, isSampled, state) = (parent.traceID, parent.isSampled, parent.state)
        spanID = UInt64.random(in: 1...UInt64.max).hexadecimal
    }

    /// Reads a header of version 00, or what a later version has in common with it.
    ///
    /// - Returns: `nil` where it is none, as for ids that are zero; the request then begins a trace of its own.
    init?(parent header: String, state: String?) {
        let parts = header.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            zip(parts, [2, 32, 16, 2]).allSatisfy({ $0.utf8.count == $1 && $0.utf8.allSatisfy(Self.isDigit) }),
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" }),
            let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        (traceID, spanID) = (String(parts[1]), String(parts[2]))
        isSampled = flags & 1 == 1
        // A list longer than what everybody must pass on may be dropped.
        self.state = state.flatMap { $0.isEmpty || $0.utf8.count > 512 ? nil : $0 }
    }

    /// The header that tells the next service.
    var header: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// Digits are lower case in this header.
    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}

extension UInt64 {
    /// 16 hexadecimal digits.
    var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

extension ServiceContext {
    private enum TraceKey: ServiceContextKey { typealias Value = TraceContext }

    /// The span that is open here.
    var trace: TraceContext? {
        get { self[TraceKey.self] }
        set { self[TraceKey.self] = newValue }
    }
}
