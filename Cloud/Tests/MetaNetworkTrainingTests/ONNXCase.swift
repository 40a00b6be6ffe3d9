import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import Testing
import Torch

@testable import MetaNetworkModels
@testable import MetaNetworkBundles
@testable import MetaNetworkPublishing
@testable import MetaNetworkTraining

/// An exported bundle and what the device runtime and the generator make of some inputs: a case of `scripts/check-onnx.py`.
struct ONNXCase: Encodable {
    let name: String
    let device: String
    let generator: String?
    let runs: [Run]

    struct Run: Encodable {
        /// What the device model reads.
        let inputs: [String: Tensor]
        /// Dynamic weights; those that the generator must make, where there are samples.
        var weights: [String: Tensor]?
        /// What the generator reads.
        var samples: Tensor?
        /// What the device model gives.
        let expected: [String: Tensor]
    }

    struct Tensor: Encodable {
        let shape: [Int]
        let values: [Float]

        init(_ shape: [Int], _ values: [Float]) { (self.shape, self.values) = (shape, values) }

        init(ids: [Int]) { self.init([ids.count], ids.map(Float.init)) }
    }

    /// What the script found.
    struct Report: Decodable {
        let models: Int
        let runs: Int
        let worst: Double
        let failures: [String]
    }

    /// Runs the script.
    static func check(_ cases: [ONNXCase], in folder: URL) throws -> Report {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf",
            negativeInfinity: "-inf",
            nan: "nan"
        )
        let file = folder.appendingPathComponent("cases.json")
        try encoder.encode(cases).write(to: file)
        return try JSONDecoder().decode(Report.self, from: PythonPackages.run("check-onnx.py", file.path))
    }
}

/// A bundle with weights drawn at random, those that training starts at 0 or 1 among them, so that none can be confused.
struct MadeUpBundle {
    let bundle: ModelBundle
    let graph: ModelGraph

    init(
        _ architecture: Architecture,
        encoder: EncoderChoice = .automatic,
        items: Int,
        seed: UInt64,
        name: String = "made-up",
        isPrompted: Bool = false,
        in folder: URL
    ) throws {
        let graph = try ModelGraph(architecture, itemCount: items)
        let form = GeneratorConfiguration.Form.allCases[Int(seed % 3)]
        let generator = GeneratorConfiguration(
            form: form,
            window: 6,
            encoder: encoder,
            width: encoder == .automatic ? 7 : 8,
            rank: 5
        )
        let configuration = TrainingConfiguration(
            architecture: architecture,
            generator: graph.dynamicLayers.isEmpty ? nil : generator,
            seed: seed
        )
        let model = try configuration.model(itemCount: items)
        var random = SeededGenerator(seed: seed, stream: 9)
        for (parameters, tables) in [
            (model.network.parameters, graph.parameters.filter(\.isTable).map(\.name)),
            (model.generator?.parameters, model.generator?.encoder?.own.filter(\.isTable).map(\.name) ?? []),
        ] {
            guard let parameters else { continue }
            var weights = try parameters.weights()
            for name in weights.names {
                let tensor = try #require(weights[name])
                // The padding stays 0, as in training.
                let first = tables.contains(name) ? tensor.shape[1] : 0
                let values = tensor.values.enumerated().map { $0 < first ? $1 : $1 + 0.15 * random.normal() }
                weights[name] = try WeightTensor(shape: tensor.shape, values: values)
            }
            try parameters.assign(weights)
        }
        let url = folder.appendingPathComponent("bundle-\(UUID().uuidString)")
        try ModelBundle.write(
            TrainedModel(configuration, model),
            name: name,
            task: MadeUpTask(graph),
            metrics: [:],
            settings: [:],
            prompt: isPrompted ? (0..<graph.inputCount).map { _ in random.normal() } : nil,
            to: url
        )
        bundle = try ModelBundle(contentsOf: url)
        self.graph = graph
    }

    /// Exports the bundle and computes what is expected of it.
    ///
    /// - Parameter inputs: Mean and standard deviation of the numbers that a model over vectors reads.
    func exported(
        as name: String,
        seed: UInt64,
        inputs: (mean: Float, deviation: Float) = (0, 2),
        in folder: URL
    ) throws -> ONNXCase {
        let files = try ONNXExport(bundle).write(to: folder.appendingPathComponent("\(name).onnx"))
        var random = SeededGenerator(seed: seed, stream: 10)
        return ONNXCase(
            name: name,
            device: files[0].path,
            generator: files.count > 1 ? files[1].path : nil,
            runs: try graph.ranksItems ? rankingRuns(&random) : vectorRuns(inputs, &random)
        )
    }

    private func tensors(_ weights: Weights) -> [String: ONNXCase.Tensor] {
        var tensors: [String: ONNXCase.Tensor] = [:]
        for name in weights.names { tensors[name] = weights[name].map { ONNXCase.Tensor($0.shape, $0.values) } }
        return tensors
    }

    /// Histories of several lengths, an empty one and one beyond the window among them, each with the base weights and with
    /// personal ones; ids outside the catalogue in between.
    private func rankingRuns(_ random: inout SeededGenerator) throws -> [ONNXCase.Run] {
        let items = graph.itemCount
        var device = try DeviceModel(graph.architecture, itemCount: items, weights: bundle.deviceWeights)
        let generator = try bundle.manifest.generator.map { _ in try bundle.parameterGenerator() }
        func ids(_ count: Int) -> [Int] { (0..<count).map { _ in 1 + random.index(below: items) } }
        var runs: [ONNXCase.Run] = []
        for length in [0, 1, 3, graph.window, graph.window + 4] {
            let history = ids(length) + (length == 3 ? [0, items + 1, -1] : [])
            let candidates = length == 1 ? [] : ids(15) + [0, items + 1, -1]
            let context = graph.randomRow { 2 * random.normal() }
            try device.useContext(context)
            var inputs = graph.inputs.isEmpty ? [:] : tensors([context])
            inputs["history"] = ONNXCase.Tensor(ids: history)
            inputs["candidates"] = ONNXCase.Tensor(ids: candidates)
            var scores: [Float] = []
            func run(_ weights: Weights?, _ samples: [Int]?) throws {
                if let weights { try device.personalize(weights) } else { device.depersonalize() }
                device.score(history: history, candidates: candidates, into: &scores)
                runs.append(
                    ONNXCase.Run(
                        inputs: inputs,
                        weights: weights.map(tensors),
                        samples: samples.map(ONNXCase.Tensor.init(ids:)),
                        expected: ["scores": ONNXCase.Tensor([candidates.count], scores)]
                    )
                )
            }
            try run(nil, nil)
            guard let generator else { continue }
            let samples = ids(length)
            let personal = try generator.weights(generator.generate(samples: [samples.map(Int32.init)])[...])
            try run(personal, nil)
            try run(personal, length == 3 ? [0] + samples + [items + 1, -7] : samples)
        }
        return runs
    }

    /// The inputs of some rows by name, as ONNX has them.
    private func tensors(_ rows: [[Float]]) -> [String: ONNXCase.Tensor] {
        let tensors = graph.inputs.map { input in
            let values = rows.flatMap { $0[input.range] }
            return input.tokens == nil
                ? ONNXCase.Tensor([rows.count] + input.shape.axes, values)
                : ONNXCase.Tensor(ids: values.map { Int($0) })
        }
        return Dictionary(uniqueKeysWithValues: zip(graph.inputs.map(\.name), tensors))
    }

    /// Some inputs at once, with the base weights and with those of sets of several sizes.
    private func vectorRuns(
        _ numbers: (mean: Float, deviation: Float),
        _ random: inout SeededGenerator
    ) throws -> [ONNXCase.Run] {
        var device = try bundle.deviceModel()
        let generator = try bundle.manifest.generator.map { _ in try bundle.parameterGenerator() }
        var runs: [ONNXCase.Run] = []
        for count in [1, 3, 9] {
            let inputs = (0..<count).map { _ in
                graph.randomRow { numbers.mean + numbers.deviation * random.normal() }
            }
            let samples = try inputs.map { try device.sample(of: $0) }
            func run(_ weights: Weights?, _ samplesFed: ONNXCase.Tensor?) throws {
                if let weights { try device.personalize(weights) } else { device.depersonalize() }
                let outputs = try inputs.flatMap { try device.outputs(of: $0) }
                runs.append(
                    ONNXCase.Run(
                        inputs: tensors(inputs),
                        weights: weights.map(tensors),
                        samples: samplesFed,
                        expected: [
                            graph.architecture.output: ONNXCase.Tensor([count, graph.outputWidth], outputs),
                            "samples": ONNXCase.Tensor([count, graph.sampleWidth], samples.flatMap { $0 }),
                        ]
                    )
                )
            }
            try run(nil, nil)
            guard let generator else { continue }
            for set in [samples, []] {
                let embeddings = set.flatMap { $0 }
                let personal = try generator.weights(generator.generate(embeddings: [embeddings])[...])
                try run(personal, nil)
                try run(personal, ONNXCase.Tensor([set.count, graph.sampleWidth], embeddings))
            }
        }
        return runs
    }
}

/// As much of a task as writing a bundle asks for.
private struct MadeUpTask: PlannedTask {
    let itemNames: Vocabulary
    let outputs: BundleManifest.Outputs?

    init(_ graph: ModelGraph) {
        itemNames = Vocabulary((0..<graph.itemCount).map { "item \($0)" })
        let names = (0..<graph.outputWidth).map { "class \($0)" }
        outputs = graph.ranksItems ? nil : BundleManifest.Outputs(kind: .classification, names: names)
    }

    var dataDigest: String { "" }
    var facts: [(label: String, count: Int)] { [] }
    var split: String { "" }
    var validationMetrics: [ValidationMetric] { [] }
    var userCount: Int { 0 }

    static func check(_ architecture: Architecture) {}
    func prepare(_ model: JointModel, _: TrainingConfiguration) {}
    func batches(
        of _: JointModel,
        _: TrainingConfiguration,
        random _: inout SeededGenerator
    ) -> [BatchPlan<Never>] { [] }
    func loss(_: JointModel, _ batch: Never) -> (loss: Torch.Tensor, positions: Int) {}
    func validate(_: JointModel, _: ValidationMetric) throws -> Double { throw TrainingError.scoreNotFinite }
    func scores(_: JointModel, on _: Part) throws -> Scores { throw TrainingError.scoreNotFinite }

    func scores(
        _: JointModel,
        on _: Part,
        subjects _: Int?,
        _: TrainingConfiguration,
        adapt _: (BatchPlan<Never>?) throws -> Void
    ) throws -> Scores { throw TrainingError.scoreNotFinite }
    func meets(_: TaskRequirement) -> Bool { false }
    func scores(counting _: CountingMethod, window _: Int, on _: Part) throws -> Scores {
        throw TrainingError.scoreNotFinite
    }
    func standardized() -> MadeUpTask { self }

    /// A plain generator's mean for one device whose encoding is 0.
    func trainingEncodings(_ model: JointModel, _: TrainingConfiguration) throws -> Torch.Tensor {
        let width = model.requiredGenerator.configuration.width
        return try Torch.Tensor([Float](repeating: 0, count: width), shape: [1, width])
    }
}
