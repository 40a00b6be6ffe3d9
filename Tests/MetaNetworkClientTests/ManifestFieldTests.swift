import Crypto
import Foundation
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("Fields of a manifest, on the device")
struct ManifestFieldTests {
    private static let architecture = Architecture(
        name: "gestures",
        inputs: [.vectors("reading", length: 3, width: 2)],
        nodes: [
            .init("features", .dense(units: 4, activation: .tanh), "reading"), .init("mean", .mean, "features"),
            .init("logits", .dense(units: 2, dynamic: true), "mean"),
        ],
        output: "logits"
    )

    private static func bundle(ranksItems: Bool) throws -> TestBundle {
        if ranksItems { return try TestBundle(helps: .init(samples: 20, seconds: 600)) }
        let outputs = BundleManifest.Outputs(kind: .classification, names: ["rest", "wave"])
        return try TestBundle(names: [], architecture: architecture, outputs: outputs)
    }

    /// Whether a device takes a manifest; what it throws can be nothing but a `ClientError`.
    private func isTaken(_ manifest: Data, _ bundle: TestBundle) -> Bool {
        let contents = BundleContents(
            manifest: manifest,
            device: bundle.contents.device,
            vocabulary: bundle.contents.vocabulary
        )
        do throws(ClientError) {
            _ = try BaseModel(contents, model: TestBundle.model, limits: Limits())
            return true
        } catch {
            return false
        }
    }

    @Test(
        "each missing, of another type or at its extremes is refused or taken, and nothing traps",
        arguments: [true, false]
    )
    func mutants(ranksItems: Bool) throws {
        let bundle = try Self.bundle(ranksItems: ranksItems)
        let mutants = try ManifestMutant.all(of: bundle.contents.manifest) { Array(SHA256.hash(data: $0)) }
        let taken = Set(mutants.filter { isTaken($0.bytes, bundle) }.map(\.description))
        #expect(mutants.count > 500 && isTaken(bundle.contents.manifest, bundle))
        let bad = ["-1", "0", "Int.max", "Int.min", "2^62", "1e300", "0.5", "text", "[]", "missing", "null"]
        for field in ["generator.window", "generator.width", "generator.rank"] {
            for value in bad { #expect(!taken.contains("\(field) = \(value)"), "\(field) = \(value)") }
            #expect(taken.contains("\(field) = 1") && taken.contains("\(field) = 4096"), "\(field)")
            #expect(!taken.contains("\(field) = 10001"))
        }
        #expect(taken.contains("generator.window = 10000") && !taken.contains("generator.rank = 4097"))
        #expect(taken.contains("generator = missing"), "a bundle needs no generator")
        if ranksItems {
            for field in ["generator.helps.samples", "generator.helps.seconds"] {
                for value in bad.filter({ !["0", "missing", "null"].contains($0) }) + ["2^31"] {
                    #expect(!taken.contains("\(field) = \(value)"), "\(field) = \(value)")
                }
                #expect(taken.contains("\(field) = 0") && taken.contains("\(field) = 2^20"), "\(field)")
            }
            for absent in ["generator.helps = missing", "generator.helps = null", "generator.helps.seconds = missing"] {
                #expect(taken.contains(absent), "a generator need not be measured")
            }
            #expect(!taken.contains("generator.helps.samples = missing") && !taken.contains("generator.helps = {}"))
        }
        for field in ["items", "files.device.safetensors.bytes", "format", "name", "version"] {
            for value in bad + ["1"] where !(field == "items" && !ranksItems && value == "0") {
                #expect(!taken.contains("\(field) = \(value)"), "\(field) = \(value)")
            }
        }
        if !ranksItems { #expect(!taken.contains("outputs.names = [a, a]")) }
    }

    @Test("outputs of one name, names without bounds and too many nodes are refused, with the field's name")
    func refusals() throws {
        var manifest = try Self.bundle(ranksItems: false).manifest
        manifest.outputs?.names = ["rest", "rest"]
        #expect { try manifest.checkFields() } throws: { "\($0)".hasPrefix("outputs.names[1] is there already") }
        manifest.outputs?.names = ["rest", String(repeating: "w", count: 1025)]
        #expect { try manifest.checkFields() } throws: { "\($0)".contains("outputs.names[1] is 1025") }
        manifest.outputs?.names = (0...65_536).map { "\($0)" }
        #expect { try manifest.checkFields() } throws: { "\($0)".contains("outputs.names is 65537") }
        manifest = try TestBundle().manifest
        manifest.architecture.nodes = (0...1024).map { .init("n\($0)", .mean, "history") }
        #expect { try manifest.checkFields() } throws: { "\($0)".contains("nodes is 1025") }
        manifest = try TestBundle(helps: .init(samples: -1)).manifest
        #expect { try manifest.checkFields() } throws: {
            "\($0)" == "generator.helps.samples is -1; it must be from 0 to 2147483647"
        }
        manifest.generator?.helps = .init(samples: 1, seconds: -1)
        #expect { try manifest.checkFields() } throws: { "\($0)".hasPrefix("generator.helps.seconds is -1") }
        manifest = try TestBundle().manifest
        manifest.name = "../movies"
        #expect { try manifest.checkFields() } throws: { "\($0)".contains("name is '../movies'") }
    }

    @Test("a raw id that is there twice is refused: all items behind it would have another's weights")
    func repeatedIDs() throws {
        let bundle = try TestBundle(names: ["a", "b", "a", "c"])
        #expect(
            throws: ClientError.unusable(
                what: "vocabulary.tsv",
                reason: "line 3 has a raw id that is there already; an id has one index"
            )
        ) { _ = try BaseModel(bundle.contents, model: TestBundle.model, limits: Limits()) }
        // Two spellings of one letter are two items.
        let spelled = try TestBundle(names: ["e\u{301}", "\u{e9}"])
        #expect(
            try BaseModel(spelled.contents, model: TestBundle.model, limits: Limits()).vocabulary.index(of: "\u{e9}")
                == 2
        )
    }

    @Test("a question is no larger than a service reads, however much there is to send")
    func questionSize() throws {
        var items = ParametersRequest(
            version: "v",
            samples: (0..<10_000).map { "item/\($0)/\"é\"" + String(repeating: "x", count: 200) },
            nonce: "12345678"
        )
        items.dropOldestBeyondLimit()
        var vectors = ParametersRequest(
            version: "v",
            embeddings: [[Float]](repeating: [Float](repeating: -1.1754944e-38, count: 9000), count: 16),
            nonce: "12345678"
        )
        vectors.dropOldestBeyondLimit()
        #expect(items.samples?.last?.hasPrefix("item/9999/") == true && vectors.embeddings?.count == 7)
        for request in [items, vectors] {
            #expect(try (900_000...ParametersRequest.byteLimit).contains(JSONEncoder().encode(request).count))
        }
        var manifest = try Self.bundle(ranksItems: false).manifest
        try manifest.checkQuestion(sampleWidth: 9000)
        manifest.generator?.window = 16
        #expect { try manifest.checkQuestion(sampleWidth: 36_864) } throws: {
            "\($0)".contains("generator.window is 16")
        }
        #expect(throws: BundleManifestError.self) { try manifest.checkQuestion(sampleWidth: .max) }
    }
}
