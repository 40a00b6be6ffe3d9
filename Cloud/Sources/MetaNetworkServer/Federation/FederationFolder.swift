import Foundation
import MetaNetwork

/// A federation's state on the disk: which round is open, who has which number, and the model. Each round's model is a file of its own, and
/// the state names one that is there whole.
struct FederationFolder: Sendable {
    let folder: URL

    /// What survives a restart.
    struct State: Codable, Equatable {
        /// The open round.
        var round: Int
        /// The round whose model was published last; `nil` where none was.
        var published: Int?
        /// Ids of devices in the order of their numbers.
        var devices: [String]
        /// SHA-256 of the model that is learned.
        var digest: String
    }

    private var stateFile: URL { folder.appendingPathComponent("state.json") }
    private func modelFile(_ round: Int) -> URL { folder.appendingPathComponent("round-\(round).safetensors") }

    /// The state and the model; `nil` where there is none yet.
    ///
    /// - Parameter digest: Of the model that is to be learned.
    /// - Throws: ``ConfigurationProblem`` where what is there is damaged, or of another model.
    func load(_ graph: ModelGraph, digest: String) throws -> (state: State, model: [Float])? {
        guard let data = try DurableFile.read(stateFile) else { return nil }
        guard let state = try? JSONDecoder().decode(State.self, from: data), state.round >= 0 else {
            throw ConfigurationProblem("\(stateFile.path) is damaged; restore it, or name another folder to begin anew")
        }
        guard state.digest == digest else {
            throw ConfigurationProblem(
                "\(folder.path) has the state of another model than the federation's; name another folder to begin anew"
            )
        }
        let file = modelFile(state.round)
        guard let bytes = try DurableFile.read(file),
            let weights = try? SafeTensors.decode([UInt8](bytes), limits: .unlimited).weights,
            let model = graph.values(of: weights), model.allSatisfy(\.isFinite)
        else {
            throw ConfigurationProblem("\(file.path) is damaged; restore it, or name another folder to begin anew")
        }
        return (state, model)
    }

    /// Writes the state with its model, whole or not at all.
    ///
    /// - Parameter model: The model's file.
    func save(_ state: State, model: [UInt8]) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = modelFile(state.round)
        // A round's model never changes: where only something else did, it is there.
        if !FileManager.default.fileExists(atPath: file.path) { try DurableFile.replace(file, with: Data(model)) }
        try DurableFile.replace(stateFile, with: JSONEncoder().encode(state))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        for name in names where name.hasPrefix("round-") && name != file.lastPathComponent {
            try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
        }
    }
}
