import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels

/// A run's whole state in one safetensors file: weights, optimizer moments, best weights so far and the configuration.
///
/// Written aside and renamed, so that a reader sees the old state or the new one.
package struct Checkpoint {
    package var configuration: TrainingConfiguration
    package var dataDigest: String
    package var state: TrainingState
    /// Tensors by name: `weights/…`, `first/…`, `second/…` and `best/…`.
    package var tensors: Weights

    private struct Header: Codable {
        var configuration: TrainingConfiguration
        var dataDigest: String
        var state: TrainingState
    }

    package func write(to url: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let header = Header(configuration: configuration, dataDigest: dataDigest, state: state)
        let text = String(decoding: try encoder.encode(header), as: UTF8.self)
        let bytes = try SafeTensors.encode(tensors, metadata: ["checkpoint": text])
        try AtomicFile.write(Data(bytes), to: url)
    }

    package static func read(_ url: URL) throws -> Checkpoint {
        try Checkpoint([UInt8](AtomicFile.read(url)), from: url)
    }
}

extension Checkpoint {
    /// The state in the bytes of a file.
    ///
    /// - Throws: ``TrainingError/checkpointMismatch(_:)``, which names the file.
    init(_ bytes: [UInt8], from url: URL) throws {
        do {
            let (tensors, metadata) = try SafeTensors.decode(bytes, limits: .unlimited)
            guard let text = metadata["checkpoint"] else {
                throw TrainingError.checkpointMismatch("\(url.path) is no checkpoint of this tool")
            }
            let header = try JSONDecoder().decode(Header.self, from: Data(text.utf8))
            self.init(
                configuration: header.configuration,
                dataDigest: header.dataDigest,
                state: header.state,
                tensors: tensors
            )
        } catch let error as TrainingError {
            throw error
        } catch {
            throw TrainingError.checkpointMismatch("cannot read the checkpoint \(url.path): \(error); delete it")
        }
    }
}
