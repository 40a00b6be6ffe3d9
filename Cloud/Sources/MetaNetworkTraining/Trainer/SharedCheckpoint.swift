import Foundation
import MetaNetworkData
import Torch

/// A checkpoint that the first rank keeps and all ranks start from: the others need no folder in common with it.
package struct SharedCheckpoint {
    let url: URL
    let ranks: any RankGroup

    init(_ url: URL, _ ranks: any RankGroup) { (self.url, self.ranks) = (url, ranks) }

    /// The path, for the rank that has the file.
    var path: String? { ranks.isFirst ? url.path : nil }

    /// Whether the first rank has it.
    ///
    /// - Throws: `RankError` where a rank is lost.
    func isThere() throws -> Bool {
        let own: UInt8 = FileManager.default.fileExists(atPath: url.path) ? 1 : 0
        return try ranks.broadcast([own], from: 0) == [1]
    }

    /// The first rank's state.
    ///
    /// - Throws: `RankError` where a rank is lost, ``FileError``, ``TrainingError/checkpointMismatch(_:)``.
    func read() throws -> Checkpoint {
        let own = try ranks.isFirst ? [UInt8](AtomicFile.read(url)) : []
        return try Checkpoint(ranks.broadcast(own, from: 0), from: url)
    }

    /// Writes a state, on the first rank.
    func write(_ checkpoint: Checkpoint) throws { if ranks.isFirst { try checkpoint.write(to: url) } }

    /// Removes what a run before left behind, on the first rank.
    func remove() { if ranks.isFirst { try? FileManager.default.removeItem(at: url) } }

    /// The same run's checkpoint of the stage of a name, beside it.
    func ofStage(_ stage: String) -> SharedCheckpoint { SharedCheckpoint(url.appendingPathExtension(stage), ranks) }

    /// The files in which a run keeps its state, one for each stage that it may have.
    package static func files(of checkpoint: URL) -> [URL] {
        [checkpoint] + stages.map { checkpoint.appendingPathExtension($0) }
    }

    private static let stages = ["base", "encoder"]
}

extension RankGroup {
    /// Whether the first rank has the state of a run, of any of its stages.
    ///
    /// - Parameter checkpoint: As in ``Training/init(_:_:checkpoint:resume:on:)``.
    /// - Throws: `RankError` where a rank is lost.
    package func hasCheckpoint(_ checkpoint: URL) throws -> Bool {
        try SharedCheckpoint.files(of: checkpoint).contains { try SharedCheckpoint($0, self).isThere() }
    }
}
