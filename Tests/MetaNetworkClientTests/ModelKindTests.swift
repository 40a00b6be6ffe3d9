import Foundation
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("The kinds of a base model")
struct ModelKindTests {
    private let classes = BundleManifest.Outputs(kind: .classification, names: ["cat", "dog"])
    private let samples = [
        RecentSamples.Known(event: .init(id: "1", item: "tt1", time: 0), index: 1, embedding: [1, 2])
    ]

    private func sent(by kind: any ModelKind, as upload: PersonalModel.Upload) -> ParametersRequest {
        var message = ParametersRequest(version: "1", format: .float16, nonce: "n")
        kind.write(samples, [[3, 4]], as: upload, to: &message)
        return message
    }

    @Test("a model over vectors keeps twice what its generator reads, at least one sample, and no window overflows")
    func sampleLimits() {
        let limits = [0, 1, 8, Int.max / 2, Int.max / 2 + 1, .max].map {
            VectorKind(outputs: classes, window: $0).sampleLimit
        }
        #expect(limits == [1, 2, 16, .max - 1, .max, .max])
    }

    @Test("a model over vectors records no ids and sends embeddings whatever is asked for")
    func vectors() throws {
        let kind = VectorKind(outputs: classes, window: 8)
        let limits = Limits()
        #expect(kind.text(ofItem: "tt1", limits) == nil && kind.text(ofVector: [1], limits) == VectorText.text([1]))
        #expect(kind.history(of: samples.map(\.event)).isEmpty)
        for upload in [PersonalModel.Upload.ids, .embeddings] {
            let message = sent(by: kind, as: upload)
            #expect(message.samples == nil && message.embeddings == [[3, 4]] && message.counts == nil)
        }
        let anchored = sent(by: kind, as: .anchors(3))
        #expect(anchored.embeddings == [[3, 4]] && anchored.counts == [1])
        #expect(try kind.classNames(of: "pets") == ["cat", "dog"])
        let values = VectorKind(outputs: .init(kind: .regression, names: ["heat"]), window: 8)
        let refusal = ClientError.invalidInput(
            reason: "the model 'heat' tells no classes: it predicts values; ask for outputs(of:)"
        )
        #expect(values.outputNames == ["heat"])
        #expect(throws: refusal) { try values.classNames(of: "heat") }
    }

    @Test("a model that ranks items records no vectors, and sends ids or embeddings as is asked for")
    func items() throws {
        let kind = ItemKind(vocabulary: try ItemVocabulary(Data(), count: 0))
        var limits = Limits()
        limits.idBytes = 3
        #expect(kind.text(ofVector: [1], limits) == nil && kind.text(ofItem: "tt1", limits) == "tt1")
        #expect(kind.text(ofItem: "", limits) == nil && kind.text(ofItem: "tt12", limits) == nil)
        #expect(kind.history(of: samples.map(\.event)) == ["tt1"] && kind.sampleLimit == .max)
        let (ids, embeddings) = (sent(by: kind, as: .ids), sent(by: kind, as: .embeddings))
        #expect(ids.samples == ["tt1"] && ids.embeddings == nil)
        #expect(embeddings.samples == nil && embeddings.embeddings == [[3, 4]])
        #expect(sent(by: kind, as: .anchors(1)) == embeddings, "items have an order")
        let refusal = ClientError.invalidInput(
            reason: "the model 'movies' tells no classes: it ranks items; ask it to rank"
        )
        #expect(throws: refusal) { try kind.classNames(of: "movies") }
    }
}
