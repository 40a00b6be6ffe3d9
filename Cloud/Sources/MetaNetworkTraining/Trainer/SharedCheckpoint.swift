import Foundation
import MetaNetworkData
import Torch

/// A checkpoint that the first rank keeps and all ranks start from: the others need no folder in common with it.
package struct SharedCheckpoint {
    let place: any StatePlace
    let ranks: any RankGroup

    init(_ place: any StatePlace, _ ranks: any RankGroup) { (self.place, self.ranks) = (place, ranks) }

    /// Where it is, for the rank that has it.
    var path: String? { ranks.isFirst ? place.text : nil }

    /// Where it is, for people.
    var text: String { ranks.text(of: place) }

    /// Whether the first rank has it.
    ///
    /// - Throws: `RankError` where a rank is lost.
    func isThere() throws -> Bool { try ranks.hasState(at: place) }

    /// Has the first rank take the place over for a run that goes on.
    ///
    /// - Throws: As ``StatePlace/claim()``; `RankError` on the others then, and where a rank is lost.
    func claim() throws { try ranks.onFirst { try place.claim() } }

    /// Opens the first rank's state.
    ///
    /// - Throws: `RankError` where a rank is lost, `FileError`, ``TrainingError/checkpointMismatch(_:)``.
    func read() throws -> StoredCheckpoint {
        var contents: StateDraft?
        try ranks.onFirst { contents = try place.open() }
        do {
            let tensors = try SharedTensorFile(contents, ranks)
            guard let text = tensors.header.metadata[Checkpoint.key] else {
                throw TrainingError.checkpointMismatch("\(text) is no checkpoint of this tool")
            }
            let header = try JSONDecoder().decode(Checkpoint.self, from: Data(text.utf8))
            return StoredCheckpoint(header: header, tensors: tensors)
        } catch let error as DecodingError {
            throw unreadable("\(error)")
        } catch let error as TensorFileHeader.Fault {
            throw unreadable("\(error)")
        }
    }

    private func unreadable(_ why: String) -> TrainingError {
        .checkpointMismatch("cannot read the checkpoint \(text): \(why); delete it")
    }

    /// Writes a state, on the first rank; the others wait for it, however long that takes.
    ///
    /// - Parameters:
    ///   - checkpoint: What is saved beside tensors.
    ///   - tensors: All of them, on all ranks.
    ///   - kept: Called on the first rank once it is written; another one may be lost after that.
    /// - Throws: `FileError`, `RankError`, ``TrainingError/stateAway(_:)`` on all ranks, or what stands in the way elsewhere.
    func write(_ checkpoint: Checkpoint, _ tensors: [SavedTensor], kept: () -> Void) throws {
        // In calls of all ranks, each of which is short; what the first one has by itself comes after it.
        let divided = tensors.filter(\.isDivided)
        guard ranks.isFirst else {
            for tensor in divided { try tensor.values { _ in } }
            try ranks.onFirst {}
            return try tell(nil)
        }
        let whole = tensors.filter { !$0.isDivided }
        let draft = try place.draft()
        let names = (divided + whole).map { (name: $0.name, shape: $0.shape) }
        var file = try TensorFileWriter(draft, names, metadata: [Checkpoint.key: checkpoint.text()])
        for tensor in divided { try tensor.values { try file.write($0) } }
        var away: String?
        try ranks.onFirst {
            for tensor in whole { try tensor.values { try file.write($0) } }
            file.end()
            // Training goes on then, on all ranks: it is no failure of the first one.
            do { try place.keep(draft) } catch TrainingError.stateAway(let reason) { away = reason }
            if away == nil { kept() }
        }
        try tell(away)
    }

    /// Throws on all ranks where the first one's place cannot be reached.
    private func tell(_ away: String?) throws {
        let reason = try ranks.broadcast(Array((away ?? "").utf8), from: 0)
        guard reason.isEmpty else { throw TrainingError.stateAway(String(decoding: reason, as: UTF8.self)) }
    }

    /// Removes what a run before left behind, on the first rank.
    func remove() throws { try ranks.onFirst { try place.remove() } }

    /// The same run's checkpoint of the stage of a name, beside it.
    func ofStage(_ stage: String) -> SharedCheckpoint { SharedCheckpoint(place.ofStage(stage), ranks) }

    /// The places in which a run keeps its state, one for each stage that it may have.
    package static func places(of checkpoint: any StatePlace) -> [any StatePlace] {
        [checkpoint] + stages.map { checkpoint.ofStage($0) }
    }

    /// The stages before the last one.
    private static let stages = ["base", "encoder"]
}

extension RankGroup {
    /// Where the first rank keeps its state, for people: the others were maybe told of another place.
    package func text(of place: any StatePlace) -> String { isFirst ? place.text : "the state of rank 0" }

    /// Whether the first rank has a state.
    ///
    /// - Throws: `RankError` where a rank is lost.
    package func hasState(at place: any StatePlace) throws -> Bool {
        var own: UInt8 = 0
        try onFirst { own = try place.isThere() ? 1 : 0 }
        return try broadcast([own], from: 0) == [1]
    }

    /// Whether the first rank has the state of a run, of any of its stages.
    ///
    /// - Parameter checkpoint: As in ``Training/init(_:_:checkpoint:every:resume:on:)``.
    /// - Throws: `RankError` where a rank is lost.
    package func hasCheckpoint(_ checkpoint: any StatePlace) throws -> Bool {
        try SharedCheckpoint.places(of: checkpoint).contains { try SharedCheckpoint($0, self).isThere() }
    }
}
