import ArgumentParser
import Foundation
import Synchronization
import Testing

@testable import metanetwork

@Suite("Progress")
struct ProgressTests {
    /// A terminal or file of the tests' own, with a clock that they turn.
    private final class Screen: Sendable {
        private let written = Mutex<[String]>([])
        private let clock = Mutex(100.0)

        var writes: [String] { written.withLock { $0 } }

        func wait(_ seconds: Double) { clock.withLock { $0 += seconds } }

        func sink(isTerminal: Bool = true, hasColour: Bool = false, width: Int = 80) -> ProgressReporter.Sink {
            ProgressReporter.Sink(
                isTerminal: isTerminal,
                hasColour: hasColour,
                width: { width },
                write: { text in self.written.withLock { $0.append(text) } },
                now: { self.clock.withLock { $0 } }
            )
        }
    }

    private let screen = Screen()
    private let redraw = "\r\u{1B}[K"

    @Test("is silent when quiet", arguments: [true, false])
    func quiet(isTerminal: Bool) {
        let progress = ProgressReporter(isQuiet: true, sink: screen.sink(isTerminal: isTerminal, hasColour: isTerminal))
        for done in 0...100 {
            progress.update(label: "epoch 1", done: done, total: 100, detail: "loss 1")
            screen.wait(1)
        }
        progress.message("stopped")
        progress.finish()
        #expect(screen.writes.isEmpty)
    }

    @Test("warns however quiet it is, on one of several ranks, and hands each warning on once")
    func warnings() {
        for (isQuiet, warns, expected) in [(false, true, 1), (true, true, 1), (true, false, 0)] {
            let screen = Screen()
            let progress = ProgressReporter(isQuiet: isQuiet, warns: warns, sink: screen.sink())
            progress.update(label: "epoch 1", done: 1, total: 2, detail: "loss 1")
            progress.warn("an object is damaged")
            #expect(screen.writes.count { $0.hasSuffix("an object is damaged\n") } == expected)
            #expect(progress.takeWarnings() == (warns ? ["an object is damaged"] : nil))
            #expect(progress.takeWarnings() == nil)
        }
    }

    @Test("draws a bar that leaves the terminal's last column free", arguments: [1, 2, 10, 20, 40, 41, 80, 300])
    func width(columns: Int) {
        let progress = ProgressReporter(isQuiet: false, sink: screen.sink(width: columns))
        for done in 0...50 {
            progress.update(label: "epoch 12", done: done, total: 50, detail: "loss 0.1234, 5678 positions/s")
            screen.wait(7)
        }
        #expect(screen.writes.count == 51)
        for text in screen.writes {
            #expect(text.hasPrefix(redraw))
            #expect(text.dropFirst(redraw.count).count < columns)
            #expect(!text.contains("\n"))
        }
    }

    @Test("shows share, time left and detail behind the bar")
    func contents() {
        let progress = ProgressReporter(isQuiet: false, sink: screen.sink())
        progress.update(label: "reading", done: 0, total: 4, detail: "")
        screen.wait(30)
        progress.update(label: "reading", done: 1, total: 4, detail: "loss 1")
        screen.wait(30)
        progress.update(label: "reading", done: 4, total: 4, detail: "")
        #expect(
            screen.writes == [
                "\(redraw)reading " + String(repeating: "░", count: 30) + " 0%",
                "\(redraw)reading " + String(repeating: "█", count: 8) + String(repeating: "░", count: 22)
                    + " 25%, 1 min 30 s left, loss 1",
                "\(redraw)reading " + String(repeating: "█", count: 30) + " 100%",
            ]
        )
    }

    @Test("stands totals of 0 and counts outside of the total", arguments: [(3, 0), (-1, 5), (9, 5), (0, 0)])
    func oddCounts(done: Int, total: Int) {
        let progress = ProgressReporter(isQuiet: false, sink: screen.sink())
        progress.update(label: "reading", done: done, total: total, detail: "")
        screen.wait(5)
        progress.update(label: "reading", done: done, total: total, detail: "")
        #expect(screen.writes.count == 2)
        #expect(screen.writes.allSatisfy { $0.hasSuffix(done > total && total > 0 ? " 100%" : " 0%") })
    }

    @Test("redraws ten times a second at most, but shows a new label at once")
    func frames() {
        let progress = ProgressReporter(isQuiet: false, sink: screen.sink())
        for done in 0..<1000 {
            progress.update(label: "epoch 1", done: done, total: 1000, detail: "")
            screen.wait(1.0 / 1024)
        }
        #expect((9...10).contains(screen.writes.count))
        let count = screen.writes.count
        progress.update(label: "epoch 2", done: 0, total: 1000, detail: "")
        #expect(screen.writes.count == count + 1)
    }

    @Test("takes the bar away before a message and at the end")
    func message() throws {
        let progress = ProgressReporter(isQuiet: false, sink: screen.sink())
        progress.message("first")
        progress.update(label: "epoch 1", done: 0, total: 10, detail: "")
        progress.message("second")
        progress.finish()
        progress.update(label: "epoch 1", done: 0, total: 10, detail: "")
        progress.finish()
        progress.finish()
        let writes = screen.writes
        try #require(writes.count == 5)
        #expect(writes[0] == "first\n")
        #expect(writes[2] == "\(redraw)second\n")
        #expect(writes[3].hasPrefix("\(redraw)epoch 1 "))
        #expect(writes[4] == redraw)
    }

    @Test("colours nothing without colour, and the bar alone with it")
    func colour() throws {
        for hasColour in [false, true] {
            let screen = Screen()
            let progress = ProgressReporter(isQuiet: false, sink: screen.sink(hasColour: hasColour))
            progress.update(label: "epoch 1", done: 5, total: 10, detail: "loss 1")
            progress.message("stopped")
            progress.finish()
            let escapes = screen.writes.joined().replacing(redraw, with: "").split(separator: "\u{1B}").dropFirst()
            #expect(escapes.map { String($0.prefix(4)) } == (hasColour ? ["[36m", "[0m "] : []))
        }
    }

    @Test("colours nothing where --no-color is given", arguments: [[], ["--no-color"]])
    func noColour(flags: [String]) throws {
        let output = try OutputOptions.parse(flags)
        let progress = output.progress(on: screen.sink(hasColour: true))
        progress.update(label: "epoch 1", done: 5, total: 10, detail: "")
        #expect(screen.writes.joined().contains("\u{1B}[36m") == flags.isEmpty)
        // What the tool runs for another command draws as that does.
        #expect(output.flags == flags)
    }

    @Test("prints whole lines without escape codes when not on a terminal")
    func plainLines() {
        let sink = screen.sink(isTerminal: false, hasColour: true, width: 10)
        let progress = ProgressReporter(isQuiet: false, sink: sink)
        for done in 0...20 {
            progress.update(label: "epoch 1", done: done, total: 20, detail: "loss 1")
            screen.wait(1)
        }
        progress.message("stopped")
        progress.finish()
        #expect(
            screen.writes == [
                "epoch 1: 25%, 15 s left, loss 1\n", "epoch 1: 50%, 10 s left, loss 1\n",
                "epoch 1: 75%, 5 s left, loss 1\n", "epoch 1: 100%, loss 1\n", "stopped\n",
            ]
        )
    }

    @Test("prints no plain line for short work")
    func shortWork() {
        let progress = ProgressReporter(isQuiet: false, sink: screen.sink(isTerminal: false))
        for done in 0...4 {
            progress.update(label: "reading", done: done, total: 4, detail: "")
            screen.wait(1)
        }
        progress.finish()
        #expect(screen.writes.isEmpty)
    }

    @Test("prints a plain line every 5 seconds, however short each piece of work", arguments: [true, false])
    func pace(finishes: Bool) {
        let progress = ProgressReporter(isQuiet: false, sink: screen.sink(isTerminal: false))
        for epoch in 0...20 {
            progress.update(label: "epoch \(epoch)", done: 1, total: 2, detail: "")
            if finishes { progress.finish() }
            screen.wait(1)
        }
        #expect(screen.writes == [5, 10, 15, 20].map { "epoch \($0): 50%\n" })
    }

    @Test(
        "words times in the units that fit",
        arguments: [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (3599, "59 min 59 s"), (7320, "2 h 2 min")]
    )
    func durations(seconds: Double, text: String) {
        #expect(ProgressReporter.duration(seconds) == text)
    }
}
