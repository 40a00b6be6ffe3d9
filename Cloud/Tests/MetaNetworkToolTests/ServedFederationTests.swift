import Foundation
import Logging
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkDevice
import MetaNetworkExperiments
import MetaNetworkServer
import Testing

@testable import metanetwork

@Suite("The file of a federation")
final class ServedFederationTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private var file: URL { folder.appendingPathComponent("federation.yaml") }
    private var model: String { folder.appendingPathComponent("model.json").path }

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try write(PhoneExamples.architecture)
        try PublisherKey().write(to: folder.appendingPathComponent("publisher"))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func write(_ architecture: Architecture) throws {
        try JSONEncoder().encode(architecture).write(to: URL(fileURLWithPath: model))
    }

    /// What is wrong with a file of these lines; `nil` where nothing is.
    private func fault(_ lines: [String: String]) throws -> String? {
        let defaults = [
            "name": "patterns", "start": model, "classes": "a,b,c", "folder": folder.appendingPathComponent("s").path,
            "publisher-key": folder.appendingPathComponent("publisher").path,
        ]
        let text = defaults.merging(lines) { $1 }.map { "\($0): \($1)" }.joined(separator: "\n")
        try Data(text.utf8).write(to: file)
        do {
            _ = try ServedFederation(contentsOf: file).open(
                FolderBundleStore(folder.appendingPathComponent("registry")),
                Logger(label: "test")
            )
            return nil
        } catch {
            #expect(ExitStatus.status(of: error) == ExitStatus.badData, "\(error)")
            return "\(error)"
        }
    }

    @Test("is checked before anything is served: each fault says where it is, what it is, and the fix")
    func faults() throws {
        #expect(try fault([:]) == nil)
        #expect(try fault(["method": "folb", "clip-norm": "2", "density": "0.1", "bits": "4"]) == nil)
        for (lines, part) in [
            (["metod": "fedavg"], "did you mean 'method'"), (["method": "port"], "use one of fedavg, fedprox, folb"),
            (["quorum": "11"], "give a quorum from 1 to the devices"), (["at-once": "0"], "from 1 to"),
            (["deadline": "soon"], "deadline"), (["bits": "9"], "1 to 8 bits, or 32"), (["start": ""], "'start'"),
            (["start": "nothing.json"], "cannot be read"), (["classes": "a,b"], "'classes' names 2"),
            (["name": "no/name"], "cannot name"), (["clip-norm": "2", "norm-bound": "1"], "clip to less"),
            (["publisher-key": ""], "keys new FILE --publisher"), (["publisher-key": model], "chmod 600"),
            (["folder": ""], "folder"), (["start": folder.path], "manifest"),
        ] {
            let fault = try #require(try fault(lines), "\(lines)")
            #expect(fault.contains(part), "\(fault)")
        }
    }

    @Test("is refused with the node's name where devices cannot learn all of the model")
    func models() throws {
        var normed = PhoneExamples.architecture
        normed.nodes.insert(.init("norm", .layerNorm(), "features"), at: 3)
        normed.nodes[4].inputs = ["norm"]
        try write(normed)
        #expect(try fault([:])?.contains("the node 'norm' ('layerNorm')") == true)
    }
}
