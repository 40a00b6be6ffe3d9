import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("Answers of a larger model in the cloud")
struct AnswerTests {
    /// Two logits that are the input, so that its values say how sure the device is.
    private static func bundle(switcher: Weights?) throws -> TestBundle {
        let architecture = Architecture(
            name: "gestures",
            inputs: [.vector("reading", width: 2)],
            nodes: [.init("logits", .dense(units: 2, dynamic: true), "reading")],
            output: "logits"
        )
        let outputs = BundleManifest.Outputs(kind: .classification, names: ["rest", "wave"])
        return try TestBundle(names: [], architecture: architecture, outputs: outputs, switcher: switcher)
    }

    private static func phone() throws -> Phone { try Phone(bundle(switcher: TestSwitcher.weights(sampleWidth: 2))) }

    private func inputs(_ count: Int) -> [[Float]] {
        var random = SeededGenerator(state: 3)
        return (0..<count).map { _ in (0..<2).map { _ in Float.random(in: -8...8, using: &random) } }
    }

    @Test("without a budget, without a switcher, and for a ranker nothing is sent")
    func never() async throws {
        let phone = try Self.phone()
        let model = try await phone.open()
        let answer = try await model.answer([1, 2])
        #expect(answer.source == .device && answer.failure == nil)
        #expect(try await answer.outputs == model.outputs(of: [1, 2]))
        #expect(try await answer.classes == model.classify([1, 2]))
        let plain = try Phone(Self.bundle(switcher: nil))
        let other = try await plain.open { $0.deferral = .init(budget: 1) }
        #expect(try await other.answer([1, 2]).source == .device)
        #expect(await phone.service.answered.isEmpty)
        #expect(await plain.service.answered.isEmpty)
        let ranker = try await Phone().open { $0.deferral = .init(budget: 1) }
        await #expect(throws: ClientError.self) { try await ranker.answer([1, 2]) }
    }

    @Test("with the whole budget the cloud answers, and what is sent is what the cloud's model reads")
    func always() async throws {
        let phone = try Self.phone()
        let model = try await phone.open { $0.deferral = .init(budget: 1) }
        let answer = try await model.answer([1, 2], sending: [1, 2, 3])
        #expect(answer.source == .cloud && answer.failure == nil && answer.outputs == [-5, 5])
        #expect(answer.classes.map(\.name) == ["wave", "rest"])
        #expect(await phone.service.answered.map(\.input) == [[1, 2, 3]])
        #expect(await phone.service.answered.map(\.version) == [phone.bundle.manifest.version])
    }

    @Test("of many inputs the share of the budget is sent, those of the smallest margins", arguments: [true, false])
    func budget(bySwitcher: Bool) async throws {
        let phone = try Self.phone()
        let model = try await phone.open { $0.deferral = .init(budget: 0.2, by: bySwitcher ? .switcher : .margin) }
        var margins: [PersonalModel.Answer.Source: [Float]] = [.cloud: [], .device: []]
        for input in inputs(400) {
            let margin = Switcher.margin(of: try await model.outputs(of: input))
            margins[try await model.answer(input).source]?.append(margin)
        }
        let sent = try #require(margins[.cloud])
        let kept = try #require(margins[.device])
        #expect(abs(Double(sent.count) / 400 - 0.2) < 0.05)
        let sentMean = sent.reduce(0, +) / Float(sent.count)
        let keptMean = kept.reduce(0, +) / Float(kept.count)
        #expect(sentMean < keptMean / 2)
    }

    @Test("offline the answer is the device's, and the next inputs are not tried until the pause is over")
    func offline() async throws {
        let phone = try Self.phone()
        let model = try await phone.open { $0.deferral = .init(budget: 1) }
        await phone.goOffline()
        let answer = try await model.answer([1, 2])
        #expect(answer.source == .device && answer.failure != nil)
        #expect(try await answer.outputs == model.outputs(of: [1, 2]))
        let tried = await phone.service.count("/answers")
        #expect(try await model.answer([1, 2]).failure == nil)
        #expect(await phone.service.count("/answers") == tried)
        await phone.service.interrupt(nil)
        phone.time.advance(10)
        #expect(try await model.answer([1, 2]).source == .cloud)
    }

    @Test("an answer of another request, model, version or width, or signed as something else, is not believed")
    func forged() async throws {
        let forgeries: [@Sendable (inout CloudAnswer) -> Void] = [
            { $0.nonce = "another-nonce" }, { $0.model = "movies2" }, { $0.version = "older" }, { $0.outputs = [1] },
        ]
        for forgery in forgeries {
            let phone = try Self.phone()
            let model = try await phone.open { $0.deferral = .init(budget: 1) }
            await phone.service.forgeAnswer(forgery)
            let answer = try await model.answer([1, 2])
            guard case .unusable(what: "the answer", _)? = answer.failure else {
                Issue.record("\(String(describing: answer.failure))")
                continue
            }
            #expect(answer.source == .device)
        }
        let phone = try Self.phone()
        let model = try await phone.open { $0.deferral = .init(budget: 1) }
        await phone.service.signAnswers(as: .manifest)
        let answer = try await model.answer([1, 2])
        guard case .untrusted(what: "the answer", _)? = answer.failure else {
            Issue.record("\(String(describing: answer.failure))")
            return
        }
        #expect(answer.source == .device)
    }

    @Test("an answer that comes after a version of fewer classes has the names of the version that was asked")
    func changedMeanwhile() async throws {
        let phone = try Self.phone()
        let model = try await phone.open { $0.deferral = .init(budget: 1) }
        let architecture = Architecture(
            name: "gestures",
            inputs: [.vector("reading", width: 2)],
            nodes: [.init("logits", .dense(units: 1, dynamic: true), "reading")],
            output: "logits"
        )
        let outputs = BundleManifest.Outputs(kind: .classification, names: ["only"])
        let second = try TestBundle(names: [], architecture: architecture, outputs: outputs)
        let service = phone.service
        await service.interrupt { request in
            guard request.url.path.hasSuffix("/answers") else { return nil }
            await service.serve(second)
            try await model.refresh()
            return nil
        }
        let answer = try await model.answer([1, 2])
        #expect(await model.outputNames == ["only"])
        #expect(answer.source == .cloud && answer.classes.map(\.name) == ["wave", "rest"])
    }

    @Test("where the service has no larger model, the device answers and says why")
    func noCloudModel() async throws {
        let phone = try Self.phone()
        let model = try await phone.open { $0.deferral = .init(budget: 1) }
        let service = phone.service
        await service.interrupt { request in
            request.url.path.hasSuffix("/answers") ? service.problem(404, "no larger model answers") : nil
        }
        let answer = try await model.answer([1, 2])
        #expect(answer.source == .device)
        #expect(answer.failure == .refused(status: 404, detail: "no larger model answers", fix: nil))
    }

    @Test("the switcher of another model is told of, and the device goes on without it")
    func ofAnotherModel() async throws {
        let phone = try Phone(Self.bundle(switcher: TestSwitcher.weights(sampleWidth: 5)))
        let model = try await phone.open { $0.deferral = .init(budget: 1) }
        var states = await model.states.makeAsyncIterator()
        guard case .notice(.unusable(what: "switcher.safetensors", _))? = await states.next() else {
            Issue.record("no notice of the switcher")
            return
        }
        #expect(try await model.answer([1, 2]).source == .device)
    }

    @Test("a budget outside of 0 to 1 counts as the nearer of the two", arguments: [(-1.0, 0.0), (2, 1), (.nan, 0)])
    func clamped(given: Double, counted: Double) {
        #expect(PersonalModel.Deferral(budget: given).budget == counted)
    }
}
