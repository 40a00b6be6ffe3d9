import Foundation
import MetaNetwork
import MetaNetworkDevice
import Testing

@testable import MetaNetworkClient

@Suite("Ranking raw ids")
struct RankingTests {
    @Test("Ranks as the device model does")
    func parity() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        for id in ["film 3", "film 7"] { await model.record(id) }
        var device = try DeviceModel(
            phone.bundle.manifest.architecture,
            itemCount: TestBundle.itemCount,
            weights: phone.bundle.weights
        )
        let expected = device.rank(history: [3, 7], candidates: [1, 2, 9, 12])
        let ranked = await model.rank(["film 1", "film 2", "film 9", "film 12"])
        #expect(ranked.map(\.id) == expected.map { "film \($0.index)" })
        #expect(ranked.map(\.score) == expected.map(\.score))
        #expect(await model.topItems(2).map(\.id) == device.topItems(2, history: [3, 7]).map { "film \($0.index)" })
    }

    @Test("Unknown ids come last in the order given, repeated ones keep their places, nothing gives nothing")
    func odd() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        let ranked = await model.rank(["zz", "film 1", "aa", "film 1", "film 2"])
        #expect(ranked.count == 5)
        #expect(ranked.suffix(2).map(\.id) == ["zz", "aa"])
        #expect(ranked.suffix(2).allSatisfy { $0.score == -.infinity })
        #expect(ranked.filter { $0.id == "film 1" }.count == 2)
        #expect(await model.rank([]).isEmpty)
        #expect(await model.rank(["film 1"], count: -3).isEmpty)
        #expect(await model.topItems(-1).isEmpty)
        #expect(await model.topItems(.max).count == TestBundle.itemCount)
        #expect(await model.topItems(99, excluding: ["film 1", "zz"]).count == TestBundle.itemCount - 1)
    }

    @Test("Samples that the model does not know, or that are no ids, change no ranking")
    func unknownSamples() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        let before = await model.scores()
        await model.record("a film of next year")
        await model.record("")
        await model.record(String(repeating: "x", count: 10_000))
        #expect(await model.history == ["a film of next year"])
        #expect(await model.scores() == before)
    }

    @Test("Ids differ by their bytes, and escaped ones are read as training wrote them")
    func vocabulary() throws {
        let text = "e\u{301}\t1\n\u{e9}\t2\na\\tb\\\\\t3\n"
        let vocabulary = try ItemVocabulary(Data(text.utf8), count: 3)
        #expect(vocabulary.index(of: "e\u{301}") == 1)
        #expect(vocabulary.index(of: "\u{e9}") == 2)
        #expect(vocabulary.index(of: "a\tb\\") == 3)
        #expect(vocabulary.name(of: 3) == "a\tb\\")
        #expect(vocabulary.name(of: 0) == nil)
        #expect(vocabulary.name(of: 4) == nil)
        for bad in ["a\t2\n", "a 1\n", "a\t1\nb\t3\n", "a\t1\n", "\u{FF}", ""] {
            #expect(throws: ClientError.self) { _ = try ItemVocabulary(Data(bad.utf8), count: 2) }
        }
    }
}
