import Foundation
import MetaNetwork
import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkSettings

/// What one run of `metanetwork adapt` leaves to the next, in one safetensors file.
///
/// It holds weights, and of what devices uploaded the row numbers alone: an input that a device has deleted is gone.
struct AdaptationState: Sendable {
    var progress: Progress
    var teaching: CloudTeaching.State

    /// How far it came.
    struct Progress: Codable, Sendable {
        /// Name of the model.
        let model: String
        /// The version that was published last, or adapted first.
        var version: String
        /// Row number of the last input that was learned.
        var last: Int64 = 0
        /// Row numbers of the last batches, which are learned again with the next ones.
        var replayed: [[Int64]] = []
        /// Versions that were published here and are still stored, the oldest first.
        var published: [String] = []
    }

    private struct Header: Codable {
        let progress: Progress
        let steps: Int
        let batches: Int
        let uncertainty: Float
    }

    private static let key = "adaptation"

    /// Writes it aside and renames it.
    ///
    /// - Throws: `FileError`.
    func write(to url: URL) throws {
        let header = Header(
            progress: progress,
            steps: teaching.steps,
            batches: teaching.batches,
            uncertainty: teaching.uncertainty
        )
        let text = String(decoding: try JSONEncoder().encode(header), as: UTF8.self)
        try AtomicFile.write(Data(try SafeTensors.encode(teaching.tensors, metadata: [Self.key: text])), to: url)
    }

    /// Reads what a run left.
    ///
    /// - Returns: `nil` where there is no file.
    /// - Throws: `ConfigurationError` for a file that is none of these, or of another model.
    static func read(_ url: URL, model: String) throws -> AdaptationState? {
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        let (header, tensors): (Header, Weights)
        do {
            let (weights, metadata) = try SafeTensors.decode([UInt8](AtomicFile.read(url)), limits: .unlimited)
            guard let text = metadata[key] else { throw ConfigurationError("it has no '\(key)'") }
            (header, tensors) = (try JSONDecoder().decode(Header.self, from: Data(text.utf8)), weights)
        } catch {
            throw ConfigurationError(
                "\(url.path) is no state of an adaptation (\(error)); name another --state, or remove the file to start anew"
            )
        }
        guard header.progress.model == model else {
            throw ConfigurationError(
                "\(url.path) is the state of '\(header.progress.model)', not of '\(model)'; name another --state"
            )
        }
        let teaching = CloudTeaching.State(
            tensors: tensors,
            steps: header.steps,
            batches: header.batches,
            uncertainty: header.uncertainty
        )
        return AdaptationState(progress: header.progress, teaching: teaching)
    }
}
