import MetaNetwork
import Testing

@testable import MetaNetworkDevice

@Suite("A model over vectors on the device")
struct VectorModelTests {
    private func model(_ architecture: Architecture, seed: UInt64 = 1) throws -> DeviceModel {
        try DeviceModel(architecture, weights: randomWeights(architecture, items: 0, seed: seed))
    }

    private func random(_ count: Int, seed: UInt64 = 9) -> [Float] {
        var random = SplitMix(state: seed)
        return (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
    }

    @Test("a convolution by hand: the kernel reads row by row, and beyond the border are zeros")
    func convolution() throws {
        let architecture = Architecture(
            name: "x",
            inputs: [.image("image", channels: 1, height: 2, width: 3)],
            nodes: [
                .init("a", .convolution(filters: 1, kernel: 2), "image"),
                .init("b", .flatten, "a"),
            ],
            output: "b"
        )
        var weights = Weights()
        weights["a.weight"] = try WeightTensor(shape: [4, 1], values: [1, 10, 100, 1000])
        weights["a.bias"] = try WeightTensor(shape: [1], values: [0.5])
        var model = try DeviceModel(architecture, weights: weights)
        let outputs = try model.outputs(of: [1, 2, 3, 4, 5, 6])
        #expect(outputs == [5421.5, 6532.5, 603.5, 54.5, 65.5, 6.5])
    }

    @Test("pooling, mean and flatten by hand, with channels in the order of the image's planes")
    func pooling() throws {
        func outputs(_ nodes: Architecture.Node...) throws -> [Float] {
            let architecture = Architecture(
                name: "x",
                inputs: [.image("image", channels: 2, height: 2, width: 3)],
                nodes: nodes,
                output: nodes[nodes.count - 1].name
            )
            var model = try DeviceModel(architecture, weights: Weights())
            return try model.outputs(of: [1, 2, 3, 4, 5, 6, -10, -20, -30, -40, -50, -60])
        }
        #expect(
            try outputs(.init("a", .pooling(.max, size: 2, stride: 1), "image"), .init("b", .flatten, "a"))
                == [5, -10, 6, -20]
        )
        #expect(
            try outputs(.init("a", .pooling(.average, size: 2, stride: 2), "image"), .init("b", .flatten, "a"))
                == [3, -30]
        )
        #expect(try outputs(.init("b", .mean, "image")) == [3.5, -35])
        #expect(try outputs(.init("b", .flatten, "image")) == [1, -10, 2, -20, 3, -30, 4, -40, 5, -50, 6, -60])
    }

    @Test(
        "a normalization agrees with double precision, also where numbers lie close together beside their mean",
        arguments: [1, 2, 3, 8, 9, 15, 16, 19],
        [1e-5, 1e-12]
    )
    func layerNorm(width: Int, epsilon: Double) throws {
        let architecture = Architecture(
            name: "x",
            inputs: [.vector("x", width: width)],
            nodes: [.init("a", .layerNorm(epsilon: epsilon), "x")],
            output: "a"
        )
        var weights = Weights()
        weights["a.scale"] = try WeightTensor(shape: [width], values: [Float](repeating: 1, count: width))
        weights["a.bias"] = try WeightTensor(shape: [width], values: [Float](repeating: 0, count: width))
        var model = try DeviceModel(architecture, weights: weights)
        for (mean, spread) in [(0, 1), (5, 0.003), (-0.5, 0.1)] as [(Float, Float)] {
            let input = random(width, seed: UInt64(width)).map { mean + spread * $0 }
            let exact = input.map(Double.init)
            let center = exact.reduce(0, +) / Double(width)
            let variance = exact.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(width)
            let expected = exact.map { ($0 - center) / (variance + epsilon).squareRoot() }
            // Single precision may lose some units in the last place of the mean.
            let limit = 1e-6 + 4 * Double(mean.magnitude.ulp) / (variance + epsilon).squareRoot()
            for (found, expected) in zip(try model.outputs(of: input), expected) {
                #expect(abs(Double(found) - expected) < limit)
            }
        }
    }

    @Test("a window is read oldest first")
    func window() throws {
        func outputs(_ operation: Architecture.Operation) throws -> [Float] {
            let architecture = Architecture(
                name: "x",
                inputs: [.vectors("window", length: 3, width: 2)],
                nodes: [.init("a", operation, "window")],
                output: "a"
            )
            var model = try DeviceModel(architecture, weights: Weights())
            return try model.outputs(of: [1, 2, 3, 4, 5, 9])
        }
        #expect(try outputs(.last) == [5, 9])
        #expect(try outputs(.mean) == [3, 5])
        let spread = try outputs(.spread)
        #expect(
            zip(spread, [(8.0 / 3).squareRoot(), (26.0 / 3).squareRoot()]).allSatisfy { abs($0 - Float($1)) < 1e-6 }
        )
        #expect(try outputs(.flatten) == [1, 2, 3, 4, 5, 9])
    }

    @Test("wrong sizes, numbers that are none and the wrong kind of model are errors that say so")
    func refusals() throws {
        var cnn = try model(.cnn())
        let known = try cnn.outputs(of: random(784))
        var result = known
        for (input, expected) in [
            ([], DeviceModelError.wrongInput(expected: 784, found: 0)),
            (random(785), .wrongInput(expected: 784, found: 785)),
            (random(783) + [.nan], .inputNotFinite(783)), ([.infinity] + random(783), .inputNotFinite(0)),
        ] {
            var refusal: DeviceModelError?
            do { try cnn.outputs(of: input, into: &result) } catch { refusal = error }
            #expect(refusal == expected && result == known)
        }
        var refusal: DeviceModelError?
        do { try cnn.requireRanking() } catch { refusal = error }
        #expect(refusal == .readsVectors("cnn") && refusal?.description.contains("ranks no items") == true)
        let ranked = cnn.rank(history: [1, 2], candidates: [3, 0])
        #expect(ranked.map(\.score) == [-.infinity, -.infinity])
        let (best, embedding) = (cnn.topItems(5, history: []), cnn.sampleEmbedding(of: 1))
        #expect(best.isEmpty && embedding == nil)

        var ranker = try DeviceModel(
            .paperSASRec(),
            itemCount: 9,
            weights: randomWeights(.paperSASRec(), items: 9, seed: 1)
        )
        try ranker.requireRanking()
        do { _ = try ranker.outputs(of: [1]) } catch { refusal = error }
        #expect(refusal == .ranksItems("sasrec-paper"))
        do { _ = try ranker.sample(of: [1]) } catch { refusal = error }
        #expect(refusal == .ranksItems("sasrec-paper"))
    }

    @Test("personal layers change the outputs and not the sample, a convolution's among them, and going back is exact")
    func swapping() throws {
        var architecture = Architecture.cnn(channels: 3, height: 12, width: 11, classes: 4)
        architecture.nodes[2].operation = .convolution(filters: 13, kernel: 3, activation: .relu, dynamic: true)
        architecture.nodes.insert(.init("sample", .mean, "edges half"), at: 2)
        architecture.sample = "sample"
        let weights = try randomWeights(architecture, items: 0, seed: 1)
        var device = try DeviceModel(architecture, weights: weights)
        let input = random(3 * 12 * 11)
        let (base, sample) = (try device.outputs(of: input), try device.sample(of: input))
        let other = try randomWeights(architecture, items: 0, seed: 2)
        var convolution = Weights()
        for parameter in try ModelGraph(architecture).parameters where parameter.isDynamic {
            convolution[parameter.name] = (parameter.name.hasPrefix("shapes.") ? other : weights)[parameter.name]
        }
        #expect(convolution["shapes.weight"]?.shape == [72, 13])
        try device.personalize(convolution)
        let personal = try device.outputs(of: input)
        let sampleAfter = try device.sample(of: input)
        device.depersonalize()
        let back = try device.outputs(of: input)
        #expect(sampleAfter == sample && sample.count == 8)
        #expect(personal != base && back == base)
    }

    @Test("a sample is the value of the node that the architecture names, or else the input")
    func samples() throws {
        var cnn = try model(.cnn())
        let input = random(784)
        let features = try cnn.sample(of: input)
        #expect(features.count == 400)
        var plain = Architecture.cnn()
        plain.sample = nil
        var device = try model(plain)
        let raw = try device.sample(of: input)
        var refusal: DeviceModelError?
        do { _ = try device.sample(of: [1]) } catch { refusal = error }
        #expect(raw == input && refusal == .wrongInput(expected: 784, found: 1))
    }

    @Test("a model whose memory would exceed the limit is refused before any is taken, huge weights do not trap")
    func limits() throws {
        let weights = try randomWeights(.cnn(), items: 0, seed: 4)
        var refusal: DeviceModelError?
        do { _ = try DeviceModel(.cnn(), weights: weights, memoryLimit: 1000) } catch { refusal = error }
        #expect(refusal?.description.contains("may take 1000") == true)
        var huge = Weights()
        for name in weights.names {
            let tensor = try #require(weights[name])
            huge[name] = try WeightTensor(shape: tensor.shape, values: tensor.values.map { $0 * 1e38 })
        }
        var device = try DeviceModel(.cnn(), weights: huge)
        let outputs = try device.outputs(of: random(784))
        #expect(outputs.count == 10)
    }
}
