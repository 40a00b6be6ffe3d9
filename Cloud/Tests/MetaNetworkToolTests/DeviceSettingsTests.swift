import ArgumentParser
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkSettings
import Testing
import Torch

@testable import metanetwork

@Suite("What LibTorch trains on, as it is set", .serialized)
struct DeviceSettingsTests {
    private func settings(_ device: String, _ declarations: [SettingDeclaration]) throws -> DeviceSettings {
        let flags = [Given(key: "device", text: device)]
        return try MergedSettings(declarations, flags: flags, environment: [:], file: nil).values()
    }

    @Test("is the processor unless told otherwise, and is told train, compare and experiment alike")
    func told() throws {
        #expect(DeviceSettings().device == .cpu)
        for declarations in [TrainOptions.declarations, CompareOptions.declarations] {
            #expect(try settings("cuda", declarations).device == .cuda)
            // Ranks compare what is recorded, and so refuse to train on different devices.
            let flags = [Given(key: "device", text: "cuda")]
            let merged = try MergedSettings(declarations, flags: flags, environment: [:], file: nil)
            #expect(LearningSettings(merged).record["device"] == "cuda")
        }
        let command = try ExperimentCommand.parse(["some.yaml", "--device", "mps"])
        #expect(command.device.given == [Given(key: "device", text: "mps")])
        let error = #expect(throws: ConfigurationError.self) { try settings("gpu", TrainOptions.declarations) }
        #expect(error?.description.contains("use one of cpu, cuda, mps") == true)
    }

    @Test("is an error of the configuration where the machine has none, and says what is missing")
    func missing() throws {
        try DeviceSettings().apply()
        for kind in [DeviceSettings.Kind.cuda, .mps] {
            do {
                try DeviceSettings(device: kind).apply(environment: [:])
                try DeviceSettings().apply()
            } catch {
                let text = try #require(error as? ConfigurationError).description
                #expect(text.hasPrefix("'device' is '\(kind.rawValue)', which cannot be used here: "))
                #expect(["make cuda", "NVIDIA", "Linux", "Apple"].contains { text.contains($0) }, "\(text)")
                #expect(ExitStatus.status(of: error) == ExitStatus.badData)
            }
            #expect(LibTorch.device == .cpu)
        }
    }
}
