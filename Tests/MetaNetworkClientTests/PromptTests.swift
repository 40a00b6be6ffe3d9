import Crypto
import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("A version's prompt, and what a new version costs")
struct PromptTests {
    private static let architecture = Architecture(
        name: "gestures",
        inputs: [.vectors("reading", length: 2, width: 3)],
        nodes: [
            .init("flat", .flatten, "reading"), .init("features", .dense(units: 40, activation: .tanh), "flat"),
            .init("logits", .dense(units: 2, dynamic: true), "features"),
        ],
        output: "logits",
        sample: "features"
    )
    private let input: [Float] = [0.5, -1, 2, 1, 1, 1]

    private static func bundle(_ prompt: [Float]?, shape: [Int] = [2, 3], seed: UInt64 = 1) throws -> TestBundle {
        try TestBundle(
            seed: seed,
            names: [],
            architecture: architecture,
            outputs: .init(kind: .classification, names: ["rest", "wave"]),
            prompt: prompt.map { Weights(["prompt": try WeightTensor(shape: shape, values: $0)]) }
        )
    }

    /// The bytes of answers, by the last part of the address.
    private actor Meter {
        private(set) var bytes: [String: Int] = [:]
        func add(_ request: TransportRequest, _ count: Int) {
            bytes[request.url.lastPathComponent, default: 0] += count
        }
        func reset() { bytes = [:] }
    }

    private static func metered(_ service: FakeService, _ meter: Meter) -> InMemoryTransport {
        InMemoryTransport { [transport = service.transport] request in
            var whole = request
            whole.sink = nil
            let response = try await transport.send(whole)
            await meter.add(request, response.body.count)
            return response
        }
    }

    @Test("is added to every input: of outputs, and of samples that are sent")
    func addition() async throws {
        let prompt: [Float] = [1, -0.5, 0.25, 0, 2, -1]
        let phone = try Phone(Self.bundle(prompt))
        let model = try await phone.open()
        var device = try DeviceModel(Self.architecture, weights: phone.bundle.weights)
        let sum = zip(input, prompt).map(+)
        #expect(try await model.outputs(of: input) == device.outputs(of: sum))
        #expect(try await model.outputs(of: input) != device.outputs(of: input))
        await model.record(input)
        try await model.refresh()
        #expect(try await phone.service.questions.last?.embeddings == [device.sample(of: sum)])
        #expect(await model.state == .personal(.init(samples: 0, seconds: 0)))
        #expect(try await phone.open().outputs(of: input) == model.outputs(of: input), "it is on the disk")
    }

    @Test("of another shape is told of, and the device goes on without it", arguments: [[6], [3, 2], [7]])
    func foreign(shape: [Int]) async throws {
        let values = [Float](repeating: 1, count: shape.reduce(1, *))
        let phone = try Phone(Self.bundle(values, shape: shape))
        let model = try await phone.open()
        var states = await model.states.makeAsyncIterator()
        guard case .notice(.unusable("prompt.safetensors", let reason)) = await states.next() else {
            Issue.record("no notice of the prompt")
            return
        }
        #expect(reason.contains("\(shape)") && reason.contains("[2, 3]"))
        var device = try DeviceModel(Self.architecture, weights: phone.bundle.weights)
        #expect(try await model.outputs(of: input) == device.outputs(of: input))
    }

    @Test("A version that changes the prompt alone costs the prompt and the manifest", arguments: [true, false])
    func cost(isShipped: Bool) async throws {
        let first = try Self.bundle([1, 0, 0, 0, 0, 0])
        let second = try Self.bundle([0, 1, 0, 0, 0, 0])
        let phone = try Phone(first)
        let app = phone.folder.appendingPathComponent("app")
        if isShipped { try first.write(to: app) }
        let meter = Meter()
        let model = try await phone.open {
            $0.transport = Self.metered(phone.service, meter)
            $0.bundle = isShipped ? app : nil
        }
        #expect(await (meter.bytes["device"] == nil) == isShipped)
        await meter.reset()
        await phone.service.serve(second)
        try await model.refresh()
        #expect(await model.version == second.manifest.version)
        let (manifest, prompt) = (second.contents.manifest.count, try #require(second.contents.others[.prompt]).count)
        #expect(await meter.bytes == ["movies": manifest, "prompt": prompt])
        #expect(prompt < 150 && second.contents.device.count > 1000)
        await phone.goOffline()
        var device = try DeviceModel(Self.architecture, weights: first.weights)
        let again = try await phone.open()
        #expect(await again.version == second.manifest.version)
        #expect(try await again.outputs(of: input) == device.outputs(of: zip(input, [0, 1, 0, 0, 0, 0]).map(+)))
    }

    @Test("A file on the disk that is damaged is no copy of anything: it is fetched")
    func damagedCopy() async throws {
        let phone = try Phone(Self.bundle(nil))
        let model = try await phone.open()
        let digest = SHA256.hexadecimal(of: phone.bundle.contents.manifest)
        let file = phone.modelFolder.appendingPathComponent("bases/\(digest)/device.safetensors")
        var data = try Data(contentsOf: file)
        data[data.count / 2] ^= 1
        try data.write(to: file)
        await phone.service.serve(try Self.bundle([1, 1, 1, 1, 1, 1]))
        try await model.refresh()
        #expect(await phone.service.count("/device") == 2)
        var device = try DeviceModel(Self.architecture, weights: phone.bundle.weights)
        #expect(try await model.outputs(of: input) == device.outputs(of: input.map { $0 + 1 }))
    }

    @Test("Where the disk takes nothing, what is on it is not fetched again either")
    func memory() async throws {
        let phone = try Phone(Self.bundle(nil))
        let model = try await phone.open()
        // No folder can be made where a file lies.
        let second = try Self.bundle([1, 1, 1, 1, 1, 1])
        let digest = SHA256.hexadecimal(of: second.contents.manifest)
        try Data().write(to: phone.modelFolder.appendingPathComponent("bases/fetching-\(digest)"))
        await phone.service.serve(second)
        try await model.refresh()
        #expect(await phone.service.count("/device") == 1)
        #expect(await model.version == second.manifest.version)
    }
}
