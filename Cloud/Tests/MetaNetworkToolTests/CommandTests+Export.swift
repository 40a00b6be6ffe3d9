import Foundation
import MetaNetworkPublishing
import MetaNetworkTraining
import Testing

/// `metanetwork export`, as a user runs it.
extension CommandTests {
    private struct Exported: Decodable {
        struct File: Decodable {
            struct Value: Decodable {
                let name: String
                let type: String
                let optional: Bool
            }
            let part: String
            let path: String
            let bytes: Int
            let inputs: [Value]
            let outputs: [Value]
        }
        let model: String
        let version: String
        let files: [File]
    }

    private func train(_ generator: String, _ name: String) throws {
        let output = try run(
            [
                "train", "--data", "log.csv", "--user-column", "who", "--item-column", "what", "--k-core", "1",
                "--width",
                "8", "--epochs", "1", "--threads", "1", "--quiet", "--generator", generator, "--out", name,
            ]
        )
        #expect(output.status == 0, "\(output.error)")
    }

    @Test("export writes the device model and the generator as ONNX and says what they read and give")
    func export() throws {
        try train("stabilized", "movies")
        let output = try run("export", "movies", "--onnx", "models/movies.onnx", "--json")
        #expect(output.status == 0 && output.error.isEmpty, "\(output.error)")
        let exported = try JSONDecoder().decode(Exported.self, from: Data(output.out.utf8))
        #expect(exported.model == "movies" && exported.version.count == 64)
        #expect(exported.files.map(\.part) == ["device", "generator"])
        let (device, generator) = (exported.files[0], exported.files[1])
        #expect(device.path.hasSuffix("models/movies.onnx") && generator.path.hasSuffix("models/movies.generator.onnx"))
        #expect(device.inputs.filter { !$0.optional }.map(\.name) == ["history", "candidates"])
        #expect(device.inputs.filter(\.optional).map(\.name) == generator.outputs.map(\.name))
        for file in exported.files {
            #expect(try Data(contentsOf: URL(fileURLWithPath: file.path)).count == file.bytes)
        }
        let written = try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("models").path)
        #expect(written.sorted() == ["movies.generator.onnx", "movies.onnx"], "nothing is left aside")
        let text = try run("export", "movies", "--onnx", "models/movies.onnx")
        #expect(text.status == 0 && text.out.contains("reads     history int64 [T], candidates int64 [N]"))
        #expect(text.out.contains("gives     hidden.weight float32 [8, 8]"))
    }

    @Test("export of a bundle without a generator writes the device model alone and says so")
    func exportWithoutGenerator() throws {
        try train("none", "base")
        let output = try run("export", "base", "--onnx", "base.onnx")
        #expect(output.status == 0 && output.out.contains("no generator"), "\(output.error)")
        #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("base.onnx").path))
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("base.generator.onnx").path))
    }

    @Test("export refuses a missing bundle, a place that cannot be written and a file without a name, and says why")
    func exportRefusals() throws {
        let missing = try run("export", "nowhere", "--onnx", "x.onnx")
        #expect(missing.status == 2 && missing.error.contains("is no bundle"), "\(missing.error)")
        for name in ["", "models/", ".", "models/.onnx"] {
            let output = try run("export", "nowhere", "--onnx", name)
            #expect(output.status == 64 && output.error.contains("names no file"), "\(name): \(output.error)")
        }
        #expect(try run("export", "nowhere").status == 64)
        try train("none", "base")
        let place = try run("export", "base", "--onnx", "/proc/nowhere/x.onnx")
        #expect(place.status == 1 && place.error.contains("cannot write /proc/nowhere/x.onnx"), "\(place.error)")
        let taken = try run("export", "base", "--onnx", "base")
        #expect(taken.status == 2 && taken.error.contains("is a folder"), "\(taken.error)")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(!left.contains { $0.hasSuffix(".onnx") })
    }
}
