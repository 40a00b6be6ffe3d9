import Foundation
import MetaNetwork
import MetaNetworkWire

/// The parsers of everything that comes from the network or the disk; `FUZZED_PARSER` says which one is fuzzed.
enum FuzzedParser: String, CaseIterable {
    case safetensors, json, manifest, request, input, vocabulary

    /// The one that this process fuzzes.
    static let chosen: FuzzedParser = {
        let name = ProcessInfo.processInfo.environment["FUZZED_PARSER"] ?? "none"
        guard let parser = FuzzedParser(rawValue: name) else {
            preconditionFailure("FUZZED_PARSER is \(name); use one of \(allCases.map(\.rawValue))")
        }
        return parser
    }()

    /// Parses, and uses what was accepted as the product does. A refusal is an answer like any other.
    func parse(_ bytes: [UInt8]) {
        switch self {
        case .safetensors:
            guard let (weights, metadata) = try? SafeTensors.decode(bytes, limits: Self.limits) else { return }
            precondition(weights.names.allSatisfy { weights[$0] != nil })
            _ = ParametersMetadata(metadata)
        case .json:
            guard let value = try? JSON(parsing: bytes) else { return }
            // What was accepted is written and read again as the same.
            let written = value.bytes
            guard let again = try? JSON(parsing: written) else { preconditionFailure("what was written is refused") }
            precondition(again.bytes == written)
        case .manifest:
            guard let manifest = try? JSONDecoder().decode(BundleManifest.self, from: Data(bytes)) else { return }
            _ = try? ModelGraph(manifest.architecture, itemCount: max(0, min(manifest.items, 1000)))
        case .request:
            guard let request = try? ParametersRequest(parsing: bytes, sampleLimit: 1000) else { return }
            precondition(request.samples.map { $0.count <= 1000 } ?? (request.embeddings != nil))
        case .input:
            guard let values = InputText.values(of: String(decoding: bytes, as: UTF8.self)) else { return }
            // There is one text for each input.
            precondition(InputText.text(of: values).map { Array($0.utf8) } == bytes && values.allSatisfy(\.isFinite))
        case .vocabulary:
            let lines = bytes.count { $0 == UInt8(ascii: "\n") }
            guard let names = try? VocabularyFile.names(in: bytes, count: lines) else { return }
            precondition((try? VocabularyFile.names(in: VocabularyFile.bytes(names), count: lines)) == names)
        }
    }

    private static let limits = SafeTensorsLimits(headerBytes: 1 << 16, tensors: 256, totalBytes: 1 << 20)
}

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOneInput(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    FuzzedParser.chosen.parse(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}
