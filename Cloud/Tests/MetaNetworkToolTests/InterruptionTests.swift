import Foundation
import Testing

@testable import metanetwork

@Suite("Ctrl-C", .serialized)
struct InterruptionTests {
    private func wait(_ condition: () -> Bool) {
        let end = ContinuousClock.now + .seconds(10)
        while !condition(), ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.005) }
    }

    @Test("is heard by all work that can be saved, one after the other and one within the other")
    func heard() throws {
        let progress = ProgressReporter(isQuiet: true, warns: false)
        for _ in 0..<2 {
            try withInterrupt(progress) { (outer: InterruptFlag) throws -> Void in
                try withInterrupt(progress) { (inner: InterruptFlag) throws -> Void in
                    #expect(!outer.isSet && !inner.isSet)
                    kill(getpid(), SIGINT)
                    wait { inner.isSet && outer.isSet }
                    #expect(inner.isSet && outer.isSet)
                }
            }
        }
    }

    @Test("ends the process at once the second time, and where there is nothing to save")
    func ended() {
        let (listener, flag, later) = (InterruptListener(), InterruptFlag(), InterruptFlag())
        #expect(listener.react() == .usual)
        listener.add(flag)
        #expect(!flag.isSet && listener.react() == .save)
        #expect(flag.isSet && listener.react() == .endAtOnce)
        listener.add(later)
        #expect(listener.react() == .save && later.isSet)
        listener.remove(later)
        #expect(listener.react() == .endAtOnce)
        listener.remove(flag)
        #expect(listener.react() == .usual)
    }
}
