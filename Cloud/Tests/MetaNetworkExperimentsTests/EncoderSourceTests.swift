import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkGenerators
import MetaNetworkModels
import MetaNetworkTraining
import Testing

@testable import MetaNetworkExperiments
@testable import MetaNetworkSettings

@Suite("Where a head encoder comes from")
struct EncoderSourceTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    private func file(_ text: String) throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let url = folder.appendingPathComponent("encoder.json")
        try Data(text.utf8).write(to: url)
        return url.path
    }

    private static let text = """
        {"name": "recent", "inputs": [{"name": "samples", "kind": "items", "length": 50}],
         "nodes": [{"name": "rows", "operation": "embedding", "inputs": ["samples"], "table": "own", "width": 32},
                   {"name": "recent", "operation": "last", "inputs": ["rows"]}], "output": "recent"}
        """

    @Test(
        "its name, or a file; another name, a file that is none and a graph that does not fit are refused with what does"
    )
    func sources() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        func message(_ name: String) -> String {
            do {
                _ = try EncoderSource(name).graph(items: 20)
                return "accepted"
            } catch {
                return "\(error)"
            }
        }
        for encoder in ShippedEncoder.allCases { #expect(message(encoder.rawValue) == "accepted") }
        #expect(message("lstm").contains("use one of gru, attention, transformer, set, set-spread, automatic, or"))
        #expect(message("automatic").contains("depends on the model"))
        #expect(message("nowhere.json").contains("encoder file nowhere.json cannot be read"))
        #expect(message(try file("{}")).contains("encoder file"))
        #expect(message(try file(Self.text)) == "accepted")
        #expect(
            message(try file(Self.text.replacing("\"output\": \"recent\"", with: "\"output\": \"rows\""))).contains(
                "one vector"
            )
        )
    }

    @Test("a setting names it, and a training has what the file holds")
    func setting() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = try file(Self.text)
        func configuration(_ flags: [Given]) throws -> TrainingConfigurationOfEncoder {
            let merged = try MergedSettings(ExperimentFile.merged, flags: flags, environment: [:], file: nil)
            let settings = LearningSettings(merged)
            return (try settings.configuration(model: "bag").generator, settings.record)
        }
        let (generator, record) = try configuration([
            Given(key: "encoder", text: path), Given(key: "encoder-epochs", text: "7"),
        ])
        #expect(generator?.encoder.architecture?.name == "recent" && generator?.encoderEpochs == 7)
        #expect(record["encoder"] == path)
        let (automatic, defaults) = try configuration([])
        #expect(
            automatic?.encoder == .automatic && defaults["encoder"] == "automatic" && defaults["encoder-epochs"] == "0"
        )
        #expect(throws: ConfigurationError.self) { try configuration([Given(key: "encoder", text: "lstm")]) }
    }

    private typealias TrainingConfigurationOfEncoder = (generator: GeneratorConfiguration?, record: [String: String])
}
