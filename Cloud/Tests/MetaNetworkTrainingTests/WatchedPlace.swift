import Foundation
import Synchronization

@testable import MetaNetworkTraining

/// A file as a place that cannot be reached as often as it is told, and counts what is kept there.
final class WatchedPlace: StatePlace {
    let file: StateFile
    /// Times that something is to be kept there and it is away.
    let away: Mutex<Int>
    /// What is thrown then.
    let failure = Mutex<any Error>(TrainingError.stateAway("the store cannot be reached"))
    /// How often something was kept.
    let kept = Mutex(0)
    /// How often it was taken over, for any stage.
    let claimed = Mutex(0)
    /// The place of the last stage, where this is another one's.
    private let last: WatchedPlace?
    private let whileKept: @Sendable () -> Void

    init(
        _ file: StateFile,
        awayTimes: Int,
        of last: WatchedPlace? = nil,
        _ whileKept: @escaping @Sendable () -> Void = {}
    ) {
        (self.file, self.last, self.whileKept) = (file, last, whileKept)
        away = Mutex(awayTimes)
    }

    var text: String { file.text }
    func ofStage(_ stage: String) -> any StatePlace {
        WatchedPlace(StateFile(file.url.appendingPathExtension(stage)), awayTimes: 0, of: self)
    }
    func claim() { (last ?? self).claimed.withLock { $0 += 1 } }
    func isThere() -> Bool { file.isThere() }
    func draft() throws -> StateDraft { try file.draft() }
    func open() throws -> StateDraft { try file.open() }
    func remove() throws { try file.remove() }

    func keep(_ draft: StateDraft) throws {
        let isAway = away.withLock { times in
            times -= 1
            return times >= 0
        }
        guard !isAway else { throw failure.withLock { $0 } }
        whileKept()
        try file.keep(draft)
        kept.withLock { $0 += 1 }
    }
}
