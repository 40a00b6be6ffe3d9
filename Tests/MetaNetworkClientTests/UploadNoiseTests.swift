import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("Noise on uploads")
struct UploadNoiseTests {
    private static let some = PersonalModel.UploadNoise(clip: 0.9, noise: 0.5)

    private static func change(
        _ noise: PersonalModel.UploadNoise? = some,
        _ upload: PersonalModel.Upload = .embeddings
    ) -> @Sendable (inout PersonalModel.Configuration) -> Void {
        { ($0.upload, $0.uploadNoise) = (upload, noise) }
    }

    /// What a device sends of the items that it has recorded, with a question now.
    private func sent(_ model: PersonalModel, _ phone: borrowing Phone) async throws -> [[Float]] {
        try await model.refresh()
        return try #require(await phone.service.questions.last?.embeddings)
    }

    private func rows(_ items: [Int], _ bundle: TestBundle) throws -> [[Float]] {
        let device = try DeviceModel(
            bundle.manifest.architecture,
            itemCount: bundle.names.count,
            weights: bundle.weights
        )
        return items.compactMap { device.sampleEmbedding(of: $0) }
    }

    private func norm(_ row: [Float]) -> Double {
        row.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }

    @Test("an embedding that is longer than the clip leaves as long as it, and a shorter one as it is")
    func clipped() async throws {
        let phone = try Phone()
        let model = try await phone.open(Self.change(.init(clip: 0.9, noise: 0)))
        let items = Array(1...6)
        for item in items { await model.record("film \(item)") }
        let (rows, sent) = (try rows(items, phone.bundle), try await sent(model, phone))
        #expect(rows.contains { norm($0) > 0.9 } && rows.contains { norm($0) < 0.9 }, "there are both")
        for (row, sent) in zip(rows, sent) {
            let length = norm(row)
            guard length > 0.9 else {
                #expect(sent == row)
                continue
            }
            #expect(abs(norm(sent) - 0.9) < 1e-6)
            for (value, sent) in zip(row, sent) { #expect(abs(Double(value) * 0.9 / length - Double(sent)) < 1e-6) }
        }
    }

    @Test("noise is normal, of mean 0 and the deviation that was asked for; that of one value says nothing of the next")
    func deviation() {
        // Seeded, so that it cannot fail by chance; a true source would be outside of six standard errors once in 5e8.
        let noise = SampleNoise(.init(clip: 3, noise: 0.25), secret: Data(repeating: 7, count: 32))
        let embedding: [Float] = [1, -1, 0.5, 0, 0.25, -0.125, 2]
        let values = (0..<10_000).flatMap { number in
            zip(noise.applied(to: embedding, of: "sample-\(number)"), embedding).map { Double($0) - Double($1) }
        }
        let (count, deviation) = (Double(values.count), 0.25 * 2 * 3)
        let units = values.map { $0 / deviation }
        #expect(abs(units.reduce(0, +) / count) < 6 / count.squareRoot())
        #expect(abs(units.reduce(0) { $0 + $1 * $1 } / count - 1) < 6 * (2 / count).squareRoot())
        for (bound, share) in [(0.5, 0.382925), (1.0, 0.682689), (2.0, 0.954500), (3.0, 0.997300)] {
            let inside = Double(units.filter { abs($0) < bound }.count) / count
            #expect(abs(inside - share) < 6 * (share * (1 - share) / count).squareRoot(), "within \(bound)")
        }
        for step in 1...7 {
            let products = zip(units, units.dropFirst(step)).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(abs(products / count) < 6 / count.squareRoot(), "\(step) values apart")
        }
    }

    @Test("noise is what another program makes of the same secret")
    func reference() {
        // Of Python's hmac and math: a release that made other noise would send stored samples a second time with it.
        let noise = SampleNoise(
            .init(clip: 2.5, noise: 0.5),
            secret: Data(repeating: 7, count: 32)
        )
        let expected: [Float] = [
            5.2357497215271, 1.9140846729278564, 1.4145747423171997, 2.867527961730957, 1.4814749956130981,
            -3.2177164554595947,
        ]
        let own = noise.applied(to: [3, 4, 0, -0.5, 1, 2], of: "sample-0001")
        #expect(own.count == expected.count)
        for (own, other) in zip(own, expected) { #expect(abs(own - other) <= 2 * other.ulp) }
    }

    @Test("a sample leaves with the same bits each time, after a restart too; two choices of one item do not")
    func repeated() async throws {
        let phone = try Phone()
        var model = try await phone.open(Self.change())
        for item in [3, 5, 3] { await model.record("film \(item)") }
        let first = try await sent(model, phone)
        #expect(first.count == 3 && first[0] != first[2])
        #expect(try await sent(model, phone) == first)
        await model.record("film 5")
        let more = try await sent(model, phone)
        #expect(Array(more.prefix(3)) == first && !first.contains(more[3]))
        model = try await phone.open(Self.change())
        #expect(try await sent(model, phone) == more)
        #expect(try rows([3, 5, 3, 5], phone.bundle) != more)
    }

    @Test("another device has other noise on the very same samples, and so has this one once it forgot")
    func others() async throws {
        let phone = try Phone()
        let other = try Phone()
        let log = phone.modelFolder.appendingPathComponent("samples.jsonl")
        let model = try await phone.open(Self.change())
        for item in [1, 2, 3] { await model.record("film \(item)") }
        let first = try await sent(model, phone)
        let samples = try Data(contentsOf: log)
        _ = try await other.open()
        try samples.write(to: other.modelFolder.appendingPathComponent("samples.jsonl"))
        let second = try await sent(other.open(Self.change()), other)
        try await model.forget()
        try samples.write(to: log)
        let third = try await sent(phone.open(Self.change()), phone)
        for (one, another) in [(first, second), (first, third), (second, third)] {
            #expect(one.count == 3 && zip(one, another).allSatisfy { $0 != $1 })
        }
    }

    @Test("where the embedding or the settings are others, so is the noise: no difference of two uploads gives it away")
    func changed() async throws {
        let phone = try Phone()
        func noise(_ settings: PersonalModel.UploadNoise, _ bundle: TestBundle) async throws -> [Double] {
            let model = try await phone.open {
                Self.change(settings)(&$0)
                $0.versionInterval = .zero
            }
            let rows = try rows([1, 2], bundle)
            let sent = try await sent(model, phone)
            #expect(rows.count == sent.count)
            return zip(sent.joined(), rows.joined()).map { (Double($0) - Double($1)) / settings.deviation }
        }
        let model = try await phone.open()
        for item in [1, 2] { await model.record("film \(item)") }
        let wide = PersonalModel.UploadNoise(clip: 10, noise: 1)
        let loud = PersonalModel.UploadNoise(clip: 10, noise: 2)
        var noises = [try await noise(wide, phone.bundle), try await noise(loud, phone.bundle)]
        let second = try TestBundle(seed: 2)
        await phone.service.serve(second)
        noises.append(try await noise(wide, second))
        for (one, another) in [(0, 1), (0, 2), (1, 2)] {
            #expect(zip(noises[one], noises[another]).contains { abs($0 - $1) > 1e-3 })
        }
    }

    @Test("the device ranks, and decides, by embeddings as they are")
    func own() async throws {
        let phone = try Phone()
        let plain = try Phone()
        let (noisy, clear) = (try await phone.open(Self.change()), try await plain.open(Self.change(nil)))
        for item in [1, 2, 3] {
            await noisy.record("film \(item)")
            await clear.record("film \(item)")
        }
        #expect(await noisy.scores() == clear.scores())
        let (sent, rows) = (try await sent(noisy, phone), try await sent(clear, plain))
        #expect(try rows == self.rows([1, 2, 3], plain.bundle) && zip(sent, rows).allSatisfy { $0 != $1 })
        #expect(await noisy.scores() == clear.scores())
        #expect(await noisy.parameters?.behind == BaseModel.mean(rows))
        #expect(await phone.service.questions.last?.samples == nil)
    }

    @Test("anchors are some of the noisy embeddings")
    func anchors() async throws {
        let architecture = Architecture(
            name: "gestures",
            inputs: [.vector("reading", width: 3)],
            nodes: [
                .init("features", .dense(units: 4, activation: .tanh), "reading"),
                .init("logits", .dense(units: 2, dynamic: true), "features"),
            ],
            output: "logits",
            sample: "features"
        )
        let outputs = BundleManifest.Outputs(kind: .classification, names: ["rest", "wave"])
        let phone = try Phone(TestBundle(names: [], architecture: architecture, outputs: outputs))
        let model = try await phone.open(Self.change())
        for number in 0..<6 { await model.record([Float(number), 1, -0.5]) }
        let all = try await sent(model, phone)
        let anchored = try await phone.open(Self.change(Self.some, .anchors(2)))
        let some = try await sent(anchored, phone)
        #expect(all.count == 6 && some.count == 2 && some.allSatisfy(all.contains))
        #expect(await phone.service.questions.last?.counts?.reduce(0, +) == 6)
    }

    @Test("without a secret that the disk keeps nothing is sent; a damaged one is told of, and then there is another")
    func secret() async throws {
        let phone = try Phone()
        let model = try await phone.open(Self.change())
        await model.record("film 1")
        let first = try await sent(model, phone)
        let file = phone.modelFolder.appendingPathComponent("noise.key")
        var bytes = try Data(contentsOf: file)
        bytes[70] ^= 1
        try bytes.write(to: file)
        let damaged = await #expect(throws: ClientError.self) { try await model.refresh() }
        #expect(damaged?.description.contains("secret of the noise on uploads is damaged") == true)
        #expect(await phone.service.questions.count == 1)
        phone.time.advance(3_600)
        #expect(try await sent(model, phone) != first)
        try FileManager.default.removeItem(at: file)
        try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
        await #expect(throws: ClientError.self) { try await model.refresh() }
        #expect(await phone.service.questions.count == 2)
    }

    @Test("settings that cannot be used are refused when the model opens, with the fix")
    func refused() async throws {
        let phone = try Phone()
        func reason(_ noise: PersonalModel.UploadNoise, _ upload: PersonalModel.Upload) async -> String {
            do {
                _ = try await phone.open(Self.change(noise, upload))
                return "opened"
            } catch { return "\(error)" }
        }
        #expect(await reason(Self.some, .ids).hasSuffix("set upload to .embeddings or .anchors"))
        for clip in [0, -1, .nan, .infinity, 1e31] {
            #expect(await reason(.init(clip: clip, noise: 1), .embeddings).hasPrefix("uploadNoise.clip is \(clip); "))
        }
        for noise in [-0.1, .nan, .infinity, 1_001] {
            let refusal = await reason(.init(clip: 1, noise: noise), .anchors(2))
            #expect(refusal.hasPrefix("uploadNoise.noise is \(noise); "))
        }
        for (clip, noise) in [(1e30, 1_000.0), (.leastNonzeroMagnitude, 0.0)] {
            #expect(await reason(.init(clip: clip, noise: noise), .embeddings) == "opened")
        }
    }
}
