import Foundation
import MetaNetworkData
import MetaNetworkServer
import MetaNetworkTraining

/// The state of a run in anything that speaks S3: `--checkpoint s3://BUCKET/PREFIX`.
struct StateObject: StatePlace {
    private let states: ObjectStates
    /// Where files are on the way to it and back.
    private let folder: URL
    private let name: String

    private init(_ states: ObjectStates, _ folder: URL, _ name: String) {
        (self.states, self.folder, self.name) = (states, folder, name)
    }

    /// Looks what is there before a run begins, and whether it can be written to.
    ///
    /// - Parameters:
    ///   - text: The place.
    ///   - goesOn: Whether what is there is this run's, once it claims it.
    /// - Throws: `ConfigurationProblem`, `ObjectStoreError`.
    init(_ text: String, goesOn: Bool) throws {
        let (states, folder) = try ObjectStates.at(text)
        self.init(states, folder, "state")
        try waiting { try await $0.begin(goesOn: goesOn) }
    }

    var text: String { states.place }

    func ofStage(_ stage: String) -> any StatePlace { StateObject(states, folder, "\(name).\(stage)") }

    func isThere() -> Bool { states.isThere(name) }

    func claim() throws { try waiting { try await $0.claim() } }

    func draft() throws -> StateDraft { try StateFile(folder.appendingPathComponent(name)).draft() }

    func keep(_ draft: StateDraft) throws {
        let url = draft.url
        do { try waiting { try await $0.write(name, from: url) } } catch let error as ObjectStoreError {
            throw error.isOutage ? TrainingError.stateAway(error.description) : error
        }
    }

    func open() throws -> StateDraft {
        let draft = try draft()
        let url = draft.url
        guard try waiting({ try await $0.fetch(name, to: url) }) else {
            throw FileError(path: text, action: "read", reason: "there is no such state")
        }
        return draft
    }

    func remove() { states.forget(name) }

    private func waiting<Value: Sendable>(
        _ body: @escaping @Sendable (ObjectStates) async throws -> Value
    ) throws -> Value {
        let states = states
        do { return try Waiting.run { try await body(states) } } catch let conflict as StateConflict {
            throw conflict.isFinal
                ? TrainingError.stateTaken(conflict.description) : TrainingError.stateChanged(conflict.description)
        }
    }
}
