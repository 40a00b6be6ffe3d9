import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkModels
import Testing
import Torch

@testable import MetaNetworkCollaboration
@testable import MetaNetworkData
@testable import MetaNetworkTraining

@Suite("A device whose images change, and a teacher", .serialized)
struct AdaptingTests {
    /// Images of 8 × 8 pixels with a bright bar of 2 × 4 whose place is the class.
    private func images() throws -> ShiftedImages {
        var random = SeededGenerator(seed: 6)
        let labels = (0..<600).map { $0 % 8 }
        let pixels = labels.map { label in
            (0..<64).map { place in
                let bar: Float = place / 16 * 2 + place % 8 / 4 == label ? 0.8 : 0
                return min(1, max(0, bar + random.normal() * 0.1))
            }
        }
        let set = try ImageSet(height: 8, width: 8, images: pixels, labels: labels, classes: (0..<8).map { "\($0)" })
        return try ShiftedImages(set, kinds: [.noise, .contrast, .blur])
    }

    private func trained(
        _ source: ShiftedImages,
        units: Int,
        endsInSum: Bool = false,
        learningRate: Double = 0.01
    ) throws -> TrainedModel {
        var nodes: [Architecture.Node] = [
            .init("pixels", .flatten, "image"), .init("hidden", .dense(units: units, activation: .relu), "pixels"),
            .init("logits", .dense(units: 8), "hidden"),
        ]
        if endsInSum { nodes.append(.init("sum", .add, "logits", "logits")) }
        let architecture = Architecture(
            name: "bars",
            inputs: [.image("image", channels: 1, height: 8, width: 8)],
            nodes: nodes,
            output: endsInSum ? "sum" : "logits",
            sample: "hidden"
        )
        let configuration = TrainingConfiguration(
            architecture: architecture,
            generator: nil,
            epochs: 3,
            batch: 64,
            learningRate: learningRate
        )
        return try Training(configuration, EpisodicTask(source)).run()
    }

    @Test("a model whose answer comes from no dense layer is refused")
    func lastLayer() throws {
        try LibTorch.setThreads(1)
        let source = try images()
        let teacher = try InputClassifier(trained(source, units: 6))
        let other = try InputClassifier(trained(source.unshifted, units: 6, endsInSum: true))
        let stream = try CorruptedStream(source, images: 80, seed: 3)
        let plan = AdaptedStream.Plan(.full, lag: 5, share: 0.2)
        #expect(throws: DeviceModelError.self) {
            try AdaptedStream(device: other, teacher: teacher, on: stream, plan, seed: 1)
        }
    }

    @Test("the images that a device is least sure of are uploaded, and by the controls others")
    func choice() {
        let uncertainties: [Float] = [0.1, 0.5, 0.2, 0.4, 0.3]
        func chosen(_ policy: AdaptingPolicy) -> [Int] {
            var choice = UploadChoice(policy, share: 0.4, seed: 1)
            return choice.chosen(uncertainties)
        }
        for policy in [AdaptingPolicy.full, .weights, .prompt, .shuffled, .plainStep, .otherPrompt, .entropy] {
            #expect(chosen(policy) == [1, 3], "\(policy)")
        }
        #expect(chosen(.least) == [0, 2])
        #expect(chosen(.random).count == 2)
        var small = UploadChoice(.full, share: 0.01, seed: 1)
        #expect(small.chosen(uncertainties) == [1] && CorruptedStream.uploads(share: 0.01) == 1)
        #expect(CorruptedStream.uploads(share: 0.2) == 8)
    }

    @Test("the stream is drawn from the test images by its seed alone, and refuses to be longer than these")
    func stream() throws {
        let source = try images()
        let stream = try CorruptedStream(source, images: 80, seed: 3)
        #expect(stream.batches.count == 16 && stream.batches.allSatisfy { $0.images.count == 40 })
        #expect(
            stream.batches.map(\.images) == (try CorruptedStream(source, images: 80, seed: 3)).batches.map(\.images)
        )
        #expect(
            stream.batches.map(\.images) != (try CorruptedStream(source, images: 80, seed: 4)).batches.map(\.images)
        )
        let levels = stream.batches.flatMap { $0.images.flatMap { $0 } }.map { $0 * 255 }
        #expect(levels.allSatisfy { (0...255).contains($0) && abs($0 - $0.rounded()) < 1e-3 })
        #expect(stream.cleanImages.count == source.images(.test).count)
        #expect(throws: DataError.self) { try CorruptedStream(source, images: 4000, seed: 3) }
        let clean = source.unshifted.episodes(.test)
        #expect(Set(clean.map(\.group)) == [ShiftedImages.noShift])
        let known = Set(source.images(.test).map(\.pixels))
        #expect(clean.allSatisfy { $0.query.allSatisfy(known.contains) })
    }

    @Test("cross-entropy against a model's own probabilities is their entropy, against a class's it is the usual one")
    func softTargets() throws {
        let logits = try Tensor([2, 0, -1, 0.5, 0.5, 3], shape: [2, 3])
        let probabilities = try logits.softmax(axis: 1)
        let entropy = try probabilities.floats().reduce(0) { $0 - $1 * log($1) } / 2
        #expect(abs(try logits.crossEntropy(against: probabilities).scalar() - entropy) < 1e-5)
        let certain = try Tensor([0, 1, 0, 0, 0, 1], shape: [2, 3])
        let usual = try logits.crossEntropy(Tensor(indices: [1, 2], shape: [2])).scalar()
        #expect(abs(try logits.crossEntropy(against: certain).scalar() - usual) < 1e-5)
    }

    @Test("a device that knows nothing yet learns from the teacher, and the bytes are those of what is sent")
    func adapting() throws {
        try LibTorch.setThreads(1)
        let source = try images()
        let device = try InputClassifier(trained(source.unshifted, units: 16, learningRate: 1e-6))
        let teacher = try InputClassifier(trained(source, units: 64))
        let stream = try CorruptedStream(source, images: 200, seed: 1)
        func adapted(_ policy: AdaptingPolicy) throws -> AdaptedStream {
            let plan = AdaptedStream.Plan(policy, lag: 5, share: 0.2)
            return try AdaptedStream(device: device, teacher: teacher, on: stream, plan, seed: 1)
        }
        var accuracies: [AdaptingPolicy: Double] = [:]
        for policy in AdaptingPolicy.allCases {
            let result = try adapted(policy)
            accuracies[policy] = try #require(result.scores.values["stream"]?["accuracy"])
            #expect(result.scores.sets.map(\.name) == ["stream", "clean"] && result.scores.parts.count == 8)
            #expect(result.bytes.up == (policy == .never ? 0 : 40 * 8 * (64 + 4)), "\(policy)")
            let weights = policy.sendsWeights ? 8 * 4 * (64 * 16 + 16 + 16 * 8 + 8) : 0
            let prompts = policy.sendsPrompt ? (policy.sendsWeights ? 32 : 40) * 4 * 64 : 0
            #expect(result.bytes.down == weights + prompts, "\(policy)")
        }
        // What a device that knows nothing is unsure of says nothing either: here images by lot are the ones to learn from.
        let random = try #require(accuracies[.random])
        #expect(try random > #require(accuracies[.never]) + 0.15, "\(accuracies)")
        #expect(try random > #require(accuracies[.shuffled]) + 0.15)
        #expect(try random > #require(accuracies[.entropy]) + 0.15)
        #expect(try adapted(.full).scores.values["stream"] == adapted(.full).scores.values["stream"])
    }

    @Test("a prompt moves by its step at most, and starts anew with weights")
    func prompt() throws {
        try LibTorch.setThreads(1)
        let source = try images()
        let device = try InputClassifier(trained(source.unshifted, units: 8))
        let images = source.images(.test).prefix(8).map(\.pixels)
        func largest(_ policy: AdaptingPolicy, _ uncertainties: [Float]) throws -> Float {
            var cloud = try CloudTeaching(teacher: device, device: device, policy, seed: 1)
            for uncertainty in uncertainties { try cloud.learn(images, uncertainty: uncertainty) }
            let value = cloud.prompt.reduce(0) { max($0, abs($1)) }
            _ = try cloud.sendWeights()
            #expect(cloud.prompt.allSatisfy { $0 == 0 })
            return value
        }
        // Five steps of 0.02 after each upload.
        let once = try largest(.full, [0.5])
        #expect(once > 0 && once <= 0.1)
        #expect(try largest(.weights, [0.5]) == 0)
        #expect(try largest(.plainStep, [0.5]) == once, "the first batch has none before it")
        #expect(try largest(.full, [0.1, 0.9]) > largest(.plainStep, [0.1, 0.9]))
        #expect(try largest(.full, [0.9, 0.1]) != largest(.plainStep, [0.9, 0.1]))
    }

    @Test("what was learned is kept and gone on with as if nothing had been in between; another model's is refused")
    func state() throws {
        try LibTorch.setThreads(1)
        let source = try images()
        let device = try InputClassifier(trained(source.unshifted, units: 8))
        let teacher = try InputClassifier(trained(source, units: 16))
        let images = source.images(.test).map(\.pixels)
        let batches = (0..<6).map { Array(images[8 * $0..<8 * $0 + 8]) }
        var whole = try CloudTeaching(teacher: teacher, device: device)
        var part = try CloudTeaching(teacher: teacher, device: device)
        for batch in batches[..<3] {
            try whole.learn(batch, uncertainty: 0.2)
            try part.learn(batch, uncertainty: 0.2)
        }
        let prompt = try Tensor(part.prompt, shape: [64])
        var next = try CloudTeaching(teacher: teacher, device: device.prompted(by: prompt))
        try next.restore(part.state())
        for batch in batches[..<3] { try next.remember(batch) }
        for (number, batch) in batches[3...].enumerated() {
            try whole.learn(batch, uncertainty: Float(number))
            try next.learn(batch, uncertainty: Float(number))
        }
        #expect(next.batches == 6 && next.prompt == whole.prompt)
        #expect(try next.sendWeights().weights() == whole.sendWeights().weights())
        let smaller = try InputClassifier(trained(source.unshifted, units: 4))
        var other = try CloudTeaching(teacher: teacher, device: smaller)
        #expect(throws: ModelError.self) { try other.restore(part.state()) }
    }
}
