import Foundation

/// Where a run keeps its state, whole: a file, or an object that any machine reaches. Only the first of several ranks uses it.
public protocol StatePlace: Sendable {
    /// Where it is, for people.
    var text: String { get }

    /// The place of a stage of the same run, beside it.
    func ofStage(_ stage: String) -> any StatePlace

    /// Whether there is a state.
    func isThere() throws -> Bool

    /// Takes the place over for a run that goes on from what is there and has found it to be its own, before its first step: a run that still writes there is
    /// refused from then on, where the place can tell runs apart.
    ///
    /// - Throws: ``TrainingError/stateChanged(_:)`` where another run wrote there since this one looked, and what else is in the way.
    func claim() throws

    /// An empty file to write a state to.
    ///
    /// - Throws: `FileError` where it cannot be made.
    func draft() throws -> StateDraft

    /// Puts what was written in the place of the state before: whoever looks sees one or the other. The draft's handle may be closed then.
    ///
    /// - Throws: ``TrainingError/stateAway(_:)`` where the place cannot be reached, ``TrainingError/stateTaken(_:)`` where another run has it, and what else is
    ///   in the way.
    func keep(_ draft: StateDraft) throws

    /// The state in a file that is open for reading.
    ///
    /// - Throws: `FileError` where there is none, ``TrainingError/stateChanged(_:)`` where another run replaced it since this one looked.
    func open() throws -> StateDraft

    /// Removes the state, if there is one, or has it go with the next one that is kept.
    ///
    /// - Throws: `FileError` where it cannot be removed.
    func remove() throws
}

/// A file with a state, or the beginning of one.
public final class StateDraft {
    /// The file.
    public let url: URL
    /// Reads or writes it.
    public let handle: FileHandle
    private let isTemporary: Bool

    /// Takes over a file.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - handle: Is closed with this.
    ///   - isTemporary: Whether the file is removed with this, if it is still there.
    public init(_ url: URL, _ handle: FileHandle, isTemporary: Bool) {
        (self.url, self.handle, self.isTemporary) = (url, handle, isTemporary)
    }

    deinit {
        try? handle.close()
        if isTemporary { try? FileManager.default.removeItem(at: url) }
    }
}
