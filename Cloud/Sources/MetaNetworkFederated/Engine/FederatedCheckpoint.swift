import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkTraining
import Torch

/// Where a run keeps its state, so that it can go on after it was interrupted.
///
/// The file is safetensors: models and updates are its tensors, and all else is JSON in its metadata. It is written aside and renamed, so that
/// a reader sees the old state or the new one.
public struct FederatedCheckpoint: Sendable {
    /// Where the state is.
    public let place: any StatePlace
    /// Whether the run goes on from the state; it must exist and be of the same settings.
    public let resumes: Bool

    /// Creates a place for a run's state.
    public init(_ place: any StatePlace, resumes: Bool) { (self.place, self.resumes) = (place, resumes) }

    private struct Header: Codable {
        let settings: [String: String]
        let state: CoordinatorState
        let arrays: Int
    }

    private static let key = "federated"

    /// A model that went astray has a loss that is not finite.
    private static let notFinite = (positive: "inf", negative: "-inf", nan: "nan")

    /// Writes the state.
    ///
    /// - Throws: `FileError`, or what stands in the way elsewhere.
    func write(_ state: CoordinatorState, _ arrays: SharedArrays, settings: [String: String]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: Self.notFinite.positive,
            negativeInfinity: Self.notFinite.negative,
            nan: Self.notFinite.nan
        )
        let header = try encoder.encode(Header(settings: settings, state: state, arrays: arrays.arrays.count))
        var tensors = Weights()
        for (place, array) in arrays.arrays.enumerated() {
            tensors[String(place)] = try WeightTensor(shape: [array.count], values: array)
        }
        let bytes = try SafeTensors.encode(tensors, metadata: [Self.key: String(decoding: header, as: UTF8.self)])
        let draft = try place.draft()
        do { try draft.handle.write(contentsOf: Data(bytes)) } catch {
            throw FileError(path: draft.url.path, action: "write", underlying: error)
        }
        try place.keep(draft)
    }

    /// Has the first rank take the place over, before the run goes on.
    ///
    /// - Throws: As `StatePlace.claim()`; `RankError` on the others then, and where a rank is lost.
    func claim(on ranks: any RankGroup) throws { try ranks.onFirst { try place.claim() } }

    /// Reads what ``write(_:_:settings:)`` has written, which the first rank has: the others need no folder in common with it.
    ///
    /// - Throws: ``FederatedError`` where the file is damaged or of other settings; `FileError` where there is none; `RankError` where a rank is lost.
    func read(
        settings: [String: String],
        on ranks: any RankGroup
    ) throws -> (state: CoordinatorState, arrays: SharedArrays) {
        var own: [UInt8] = []
        try ranks.onFirst {
            let contents = try place.open()
            // It may be gone with its last use.
            own = try withExtendedLifetime(contents) { [UInt8](try AtomicFile.read(contents.url)) }
        }
        let text = ranks.text(of: place)
        let (header, tensors) = try decoded(ranks.broadcast(own, from: 0), of: text)
        for key in Set(settings.keys).union(header.settings.keys).sorted() where settings[key] != header.settings[key] {
            let (then, now) = (header.settings[key] ?? "not set", settings[key] ?? "not set")
            throw FederatedError(
                "\(text) was made with other settings: '\(key)' was \(then) and is \(now); resume with the same ones, or start anew "
                    + "without --resume"
            )
        }
        let arrays = try (0..<header.arrays).map { place in
            guard let tensor = tensors[String(place)] else { throw damaged(text, "an array is missing") }
            return tensor.values
        }
        return (header.state, SharedArrays(arrays))
    }

    private func decoded(_ bytes: [UInt8], of text: String) throws(FederatedError) -> (Header, Weights) {
        do {
            let (tensors, metadata) = try SafeTensors.decode(bytes, limits: .unlimited)
            guard let header = metadata[Self.key] else { throw damaged(text, "it is no checkpoint of federate") }
            let decoder = JSONDecoder()
            decoder.nonConformingFloatDecodingStrategy = .convertFromString(
                positiveInfinity: Self.notFinite.positive,
                negativeInfinity: Self.notFinite.negative,
                nan: Self.notFinite.nan
            )
            return (try decoder.decode(Header.self, from: Data(header.utf8)), tensors)
        } catch let error as FederatedError {
            throw error
        } catch {
            throw damaged(text, "\(error)")
        }
    }

    private func damaged(_ text: String, _ why: String) -> FederatedError {
        FederatedError("cannot read the checkpoint \(text): \(why); delete it")
    }
}
