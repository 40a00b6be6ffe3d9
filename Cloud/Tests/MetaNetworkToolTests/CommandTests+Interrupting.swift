import Foundation
import Testing

extension CommandTests {
    @Test("Ctrl-C and SIGTERM end the tool once training is over, as any program", arguments: [SIGINT, SIGTERM])
    func interruptedAfterwards(number: Int32) throws {
        // Nobody reads what it prints at its end: it waits there.
        let full = Pipe()
        let descriptor = full.fileHandleForWriting.fileDescriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        while write(descriptor, "x", 1) == 1 {}
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        let arguments = ["train"] + data + ["--width", "8", "--epochs", "1", "--out", "b", "--quiet"]
        let (process, _, _) = try start(arguments, out: full)
        let bundle = folder.appendingPathComponent("b/manifest.json").path
        let end = ContinuousClock.now + .seconds(60)
        while !FileManager.default.fileExists(atPath: bundle), ContinuousClock.now < end { usleep(20_000) }
        #expect(process.isRunning)
        kill(process.processIdentifier, number)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == number)
    }
}
