import Foundation
import Synchronization

/// Progress on standard error: a bar with time left on a terminal, a plain line now and then elsewhere.
///
/// A rate is the caller's to give, in `detail`: only it knows the unit of what is done.
final class ProgressReporter: Sendable {
    /// Where text goes and how it is drawn.
    struct Sink: Sendable {
        /// Whether a line may be redrawn in place.
        var isTerminal: Bool
        /// Whether the bar may be coloured.
        var hasColour: Bool
        /// Columns of a line.
        var width: @Sendable () -> Int
        var write: @Sendable (String) -> Void
        /// Seconds from some fixed point.
        var now: @Sendable () -> Double

        /// The process's standard error.
        static var standardError: Sink {
            let environment = ProcessInfo.processInfo.environment
            let isTerminal = isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb"
            return Sink(
                isTerminal: isTerminal,
                hasColour: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty,
                width: {
                    var size = winsize()
                    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
                },
                write: { FileHandle.standardError.write(Data($0.utf8)) },
                now: { ProcessInfo.processInfo.systemUptime }
            )
        }
    }

    private struct State {
        var label = ""
        var began = 0.0
        /// `nil` until the first update.
        var lastDrawn: Double?
        var isBarShown = false
    }

    private static let secondsBetweenFrames = 0.1
    private static let secondsBetweenLines = 5.0

    private let isQuiet: Bool
    private let warns: Bool
    private let sink: Sink
    private let state = Mutex(State())
    private let warnings = Mutex<[String]>([])

    /// - Parameters:
    ///   - isQuiet: Whether it shows warnings alone.
    ///   - warns: Whether it shows those; of several ranks one does.
    ///   - sink: Where to.
    init(isQuiet: Bool, warns: Bool = true, sink: Sink = .standardError) {
        (self.isQuiet, self.warns, self.sink) = (isQuiet, warns, sink)
    }

    /// Shows that `done` of `total` are done; the time left is judged from the first call with the label on.
    func update(label: String, done: Int, total: Int, detail: String) {
        guard !isQuiet else { return }
        state.withLock { state in
            let now = sink.now()
            if state.label != label {
                state.label = label
                state.began = now
                // A bar shows a new label at once; plain lines keep their pace, however often the label changes.
                if sink.isTerminal { state.lastDrawn = nil }
            }
            guard let lastDrawn = state.lastDrawn ?? (sink.isTerminal ? -.infinity : nil) else {
                // The first plain line waits, so that short work prints none.
                state.lastDrawn = now
                return
            }
            let pause = sink.isTerminal ? Self.secondsBetweenFrames : Self.secondsBetweenLines
            guard now - lastDrawn >= pause else { return }
            state.lastDrawn = now
            let text = line(label, done, total, detail, seconds: now - state.began)
            sink.write(sink.isTerminal ? "\r\u{1B}[K\(text)" : "\(text)\n")
            state.isBarShown = sink.isTerminal
        }
    }

    /// Shows how much of a file was read, with the rate; to be handed to a reader.
    func reading(_ file: URL) -> (_ done: Int, _ total: Int) -> Void {
        let began = sink.now()
        return { [self] done, total in
            let rate = Double(done) / 0x1p20 / max(sink.now() - began, 1e-3)
            update(label: "reading \(file.lastPathComponent)", done: done, total: total, detail: "\(Int(rate)) MiB/s")
        }
    }

    /// Prints a line that stays, above the bar.
    func message(_ text: String) {
        if !isQuiet { write(text) }
    }

    /// Prints a line that stays, however quiet this is: something is wrong with a result that looks whole. JSON has it too, see ``takeWarnings()``.
    func warn(_ text: String) {
        guard warns else { return }
        warnings.withLock { $0.append(text) }
        write(text)
    }

    /// The warnings since this was called last; `nil` for none, which JSON leaves out.
    func takeWarnings() -> [String]? {
        warnings.withLock { warnings in
            defer { warnings = [] }
            return warnings.isEmpty ? nil : warnings
        }
    }

    private func write(_ text: String) {
        state.withLock { state in
            sink.write((state.isBarShown ? "\r\u{1B}[K" : "") + text + "\n")
            state.isBarShown = false
        }
    }

    /// Takes the bar away.
    func finish() {
        guard !isQuiet else { return }
        state.withLock { state in
            if state.isBarShown { sink.write("\r\u{1B}[K") }
            // Plain lines keep their pace from one piece of work to the next.
            state = State(lastDrawn: sink.isTerminal ? nil : state.lastDrawn)
        }
    }

    private func line(_ label: String, _ done: Int, _ total: Int, _ detail: String, seconds: Double) -> String {
        let fraction = total > 0 ? min(1, max(0, Double(done) / Double(total))) : 0
        var text = " \(Int(fraction * 100))%"
        if done > 0, seconds > 1, done < total {
            text += ", \(Self.duration(seconds / Double(done) * Double(total - done))) left"
        }
        if !detail.isEmpty { text += ", \(detail)" }
        guard sink.isTerminal else { return "\(label):\(text)" }
        // The last column stays free, where some terminals would break the line.
        let width = max(0, sink.width() - 1)
        let room = min(30, width - label.count - text.count - 3)
        guard room >= 5 else { return String("\(label)\(text)".prefix(width)) }
        let filled = Int((fraction * Double(room)).rounded())
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: room - filled)
        return "\(label) \(sink.hasColour ? "\u{1B}[36m\(bar)\u{1B}[0m" : bar)\(text)"
    }

    static func duration(_ seconds: Double) -> String {
        let total = Int(seconds.rounded())
        if total < 60 { return "\(total) s" }
        if total < 3600 { return "\(total / 60) min \(total % 60) s" }
        return "\(total / 3600) h \(total % 3600 / 60) min"
    }
}
