import MetaNetwork
import MetaNetworkData
import Testing

@testable import MetaNetworkModels
@testable import MetaNetworkTraining

@Suite("Virtual devices")
struct VirtualDevicesTests {
    /// Devices with two features of very different scale, in windows of two rows.
    private struct Devices: EpisodeSource {
        var featureInputs = [ModelGraph.NamedInput.columns(2, rows: 2)]
        let inputCount = 4
        let inputDescription = "2 rows of 2 columns"
        let outputs = BundleManifest.Outputs(kind: .classification, names: ["a", "b"])
        let samples = 8
        let digest = "devices"

        func plan(batch: Int, random: inout SeededGenerator) -> [@Sendable (inout SeededGenerator) -> [Episode]] { [] }
        func episodes(_ part: Part) -> [Episode] { [] }
        func trainingInputs(limit: Int) -> [[Float]] {
            var random = SeededGenerator(seed: 3)
            return (0..<500).map { _ in
                [random.normal(), 100 * random.normal(), random.normal(), 100 * random.normal()]
            }
        }
    }

    private func episode() -> Episode {
        var random = SeededGenerator(seed: 4)
        func input() -> [Float] { (0..<4).map { _ in random.normal() } }
        return Episode(device: "d", support: (0..<8).map { _ in input() }, query: [input(), input()], targets: [0, 1])
    }

    @Test("every sample and input of a device gets the same gain and offset of each feature")
    func affine() throws {
        let virtual = try #require(try VirtualDevices(strength: 1, of: Devices()))
        let before = episode()
        var random = SeededGenerator(seed: 5)
        let after = virtual.changed(before, random: &random)
        for feature in 0..<2 {
            // Two values of a feature give its gain and its offset; the others must agree.
            let pairs = zip(before.query, after.query).flatMap { one, other in
                [(one[feature], other[feature]), (one[feature + 2], other[feature + 2])]
            }
            let gain = (pairs[1].1 - pairs[0].1) / (pairs[1].0 - pairs[0].0)
            let offset = pairs[0].1 - gain * pairs[0].0
            #expect(gain > 0)
            for (x, y) in pairs { #expect(abs(y - (gain * x + offset)) < 1e-2) }
            for sample in after.support {
                let x = (sample[feature] - offset) / gain
                #expect(before.support.contains { abs($0[feature] - x) < 1e-2 }, "a sample is changed as inputs are")
            }
        }
        #expect(after.device == before.device && after.targets == before.targets)
    }

    @Test(
        "offsets are as large as the features vary, the generator reads at least half of the samples, and draws differ"
    )
    func draws() throws {
        let virtual = try #require(try VirtualDevices(strength: 1, of: Devices()))
        var random = SeededGenerator(seed: 6)
        let before = episode()
        let all = (0..<400).map { _ in virtual.changed(before, random: &random) }
        #expect(Set(all.map(\.support.count)) == Set(4...8))
        func spread(_ feature: Int) -> Float {
            let values = all.map { $0.query[0][feature] - before.query[0][feature] }
            return (values.reduce(0) { $0 + $1 * $1 } / Float(values.count)).squareRoot()
        }
        // The strength of a draw is uniform from 0 to 1, so that offsets vary by 1/√3 of the deviation.
        #expect(abs(spread(1) / 100 - 1 / Float(3).squareRoot()) < 0.12)
        #expect(spread(0) < 2)
    }

    @Test("a ranking makes up no devices, and devices that classify have neither ages nor a blind generator")
    func wrongTask() throws {
        func message(_ run: () throws -> Void) -> String {
            do {
                try run()
                return ""
            } catch {
                return "\(error)"
            }
        }
        func configuration(_ architecture: Architecture, _ generator: GeneratorConfiguration) -> TrainingConfiguration {
            TrainingConfiguration(architecture: architecture, generator: generator, epochs: 1)
        }
        let ranking = try RankingTask(madeUpDataset(), negatives: 9)
        let bag = Architecture.bag(.init(width: 8, window: 5))
        let refusal = message {
            _ = try Trainer(configuration(bag, GeneratorConfiguration(form: .residual, virtualDevices: 1)), ranking)
        }
        #expect(refusal.contains("virtual-devices"))
        let devices = EpisodicTask(try madeUpDevices(.classification))
        let level = Architecture(
            name: "level",
            inputs: [.vector("input", width: devices.source.inputCount)],
            nodes: [.init("logits", .dense(units: devices.source.outputs.names.count, dynamic: true), "input")],
            output: "logits"
        )
        for generator in [
            GeneratorConfiguration(form: .residual, ages: 3), GeneratorConfiguration(form: .residual, isBlind: true),
        ] {
            let refusal = message { _ = try Trainer(configuration(level, generator), devices) }
            #expect(refusal.contains("for rankings"), "\(refusal)")
        }
    }

    @Test("a strength of 0 makes up no devices, and pixels have no gains")
    func refused() throws {
        #expect(try VirtualDevices(strength: 0, of: Devices()) == nil)
        #expect(throws: TrainingError.self) { _ = try VirtualDevices(strength: 0.5, of: Devices(featureInputs: [])) }
    }
}
