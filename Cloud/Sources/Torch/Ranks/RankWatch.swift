import Dispatch
import Foundation
import Synchronization

/// Hears of the other ranks while each does work of its own, which may take hours.
///
/// Ranks that compute a step together notice in it that one is gone. Here nobody needs the others, so a thread of each tells them a few times a second
/// how its rank stands. As long as it does, nothing else may be called of the group.
public final class RankWatch: Sendable {
    /// How the work of all ended.
    public enum Ending: Sendable {
        /// All ranks did theirs.
        case done
        /// A rank was asked to stop.
        case stopped
        /// The work of this rank failed, or of others; the first one that did.
        case failed(rank: Int)
        /// A rank is gone.
        case lost(any Error)
    }

    /// How a rank stands.
    private enum Standing: Int {
        case working, done, stopping, failed
    }

    private let group: any RankGroup
    private let standing = Mutex(Standing.working)
    private let ending = Mutex<Ending?>(nil)
    private let ended = DispatchSemaphore(value: 0)
    /// Seconds between two times that the ranks tell one another; work of a moment is not waited for as long.
    private static let pauses = (first: 0.001, longest: 0.2)

    /// Begins.
    ///
    /// - Parameter group: The ranks; all begin to watch, and all call ``end(hasFailed:shouldStop:)``.
    public init(_ group: any RankGroup) {
        self.group = group
        Thread { [self] in listen() }.start()
    }

    /// Whether this rank's work is to end, as that of all does.
    public var isOver: Bool { ending.withLock { $0 != nil } }

    /// Asks all ranks to stop.
    public func stop() { stand(.stopping) }

    /// Waits until the others have done their work too.
    ///
    /// - Parameters:
    ///   - hasFailed: Whether this rank's work failed.
    ///   - shouldStop: Asked while it waits.
    /// - Returns: The same on all ranks that are there.
    public func end(hasFailed: Bool, shouldStop: () -> Bool) -> Ending {
        stand(hasFailed ? .failed : .done)
        while ended.wait(timeout: .now() + Self.pauses.longest) == .timedOut {
            if shouldStop() { stop() }
        }
        guard let ending = ending.withLock({ $0 }) else { preconditionFailure("it is known how the work ended") }
        return ending
    }

    /// What has gone further stays.
    private func stand(_ new: Standing) {
        standing.withLock { standing in
            if new.rawValue > standing.rawValue { standing = new }
        }
    }

    private func listen() {
        var pause = Self.pauses.first
        while true {
            if let found = heard() {
                ending.withLock { $0 = found }
                ended.signal()
                return
            }
            Thread.sleep(forTimeInterval: pause)
            pause = min(2 * pause, Self.pauses.longest)
        }
    }

    /// How the work of all has ended; `nil` as long as one works.
    private func heard() -> Ending? {
        do {
            let own = try Tensor([Float(standing.withLock { $0.rawValue })], shape: [1])
            let all = try group.gather(own).map { Standing(rawValue: Int(try $0.scalar())) }
            if let failed = all.firstIndex(of: .failed) { return .failed(rank: failed) }
            if all.contains(.stopping) { return .stopped }
            return all.allSatisfy { $0 == .done } ? .done : nil
        } catch {
            return .lost(error)
        }
    }
}

extension RankGroup {
    /// Has the first rank do something by itself, which may take longer than ranks wait for one another in a call; the others wait as long as it is there.
    ///
    /// - Parameter body: Runs on the first rank alone, and calls nothing of the group.
    /// - Throws: What `body` throws, on the first rank; ``RankError/lost(_:)`` on the others then, and where a rank is gone.
    public func onFirst(_ body: () throws -> Void) throws { try each { if isFirst { try body() } } }

    /// Has every rank do something by itself, which may take one far longer than another; all wait as long as the others are there.
    ///
    /// - Parameter body: Calls nothing of the group.
    /// - Returns: What this rank's gave.
    /// - Throws: What `body` throws, on its rank; ``RankError/lost(_:)`` on the others then, once they are done, and where a rank is gone.
    public func each<Value>(_ body: () throws -> Value) throws -> Value {
        guard size > 1 else { return try body() }
        let watch = RankWatch(self)
        let work = Result { try body() }
        var failure: (any Error)?
        if case .failure(let error) = work { failure = error }
        let ending = watch.end(hasFailed: failure != nil) { false }
        if let failure { throw failure }
        switch ending {
        case .done: return try work.get()
        case .lost(let error): throw error
        case .failed(let first): throw RankError.lost("rank \(rank) lost rank \(first), which failed and says why")
        case .stopped: preconditionFailure("nobody asks to stop")
        }
    }
}
