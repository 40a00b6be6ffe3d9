import CMetaNetworkDevice
import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkDeviceC
import Testing

/// The functions of C, called through their header.
@Suite("The device in C")
struct DeviceCTests {
    private static let ranking = Architecture.paperSASRec(width: 8, window: 10, heads: 2)

    /// A model that C has opened.
    private final class Opened {
        let pointer: OpaquePointer

        init(_ model: ModelOfTests) throws {
            let text = try [UInt8](JSONEncoder().encode(model.architecture))
            let file = try model.file
            var error = [CChar](repeating: 0, count: 256)
            let opened = metanetwork_open(text, text.count, model.items, file, file.count, &error, error.count)
            pointer = try #require(opened, "\(DeviceCTests.message(error))")
        }

        deinit { metanetwork_close(pointer) }

        func personalize(_ file: [UInt8]) -> Int32 { metanetwork_personalize(pointer, file, file.count, nil, 0) }

        func scores(_ history: [Int32], _ candidates: [Int32]) -> [Float]? {
            var scores = [Float](repeating: .nan, count: candidates.count)
            let status = metanetwork_score(
                pointer,
                history,
                history.count,
                candidates,
                candidates.count,
                &scores,
                nil,
                0
            )
            return status == 0 ? scores : nil
        }
    }

    private static func message(_ error: [CChar]) -> String {
        String(decoding: error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    @Test("ranks as in Swift, 100 histories with the base and with personal layers, bit for bit")
    func ranking() throws {
        let model = try ModelOfTests(Self.ranking, items: 60)
        let opened = try Opened(model)
        #expect(metanetwork_items(opened.pointer) == 60 && metanetwork_outputs(opened.pointer) == 0)
        let candidates = (0...61).map { Int32($0) }
        for isPersonal in [false, true, false] {
            var device = try model.device(isPersonal: isPersonal)
            if isPersonal {
                #expect(opened.personalize(try model.personalFile) == 0)
            } else {
                metanetwork_depersonalize(opened.pointer)
            }
            #expect(metanetwork_is_personal(opened.pointer) == (isPersonal ? 1 : 0))
            for history in histories(100, items: 60) {
                var expected: [Float] = []
                device.score(history: history.map { Int($0) }, candidates: candidates.map { Int($0) }, into: &expected)
                #expect(opened.scores(history, candidates) == expected)
                var items = [Int32](repeating: 0, count: 10)
                var scores = [Float](repeating: 0, count: 10)
                let excluded = Array(history.prefix(3))
                let count = metanetwork_top(
                    opened.pointer,
                    history,
                    history.count,
                    excluded,
                    excluded.count,
                    10,
                    &items,
                    &scores,
                    nil,
                    0
                )
                let best = device.topItems(
                    10,
                    history: history.map { Int($0) },
                    excluding: Set(excluded.map { Int($0) })
                )
                #expect(count == best.count)
                #expect(items.map { Int($0) } == best.map(\.index) && scores == best.map(\.score))
            }
        }
    }

    @Test("runs models over vectors, with several inputs too, and gives embeddings of items")
    func vectors() throws {
        let model = try ModelOfTests(.cnn())
        let opened = try Opened(model)
        let (inputs, outputs) = (metanetwork_inputs(opened.pointer), metanetwork_outputs(opened.pointer))
        #expect(inputs == 784 && outputs == 10)
        let input = (0..<inputs).map { Float($0 % 17) / 17 }
        var output = [Float](repeating: 0, count: outputs)
        #expect(metanetwork_run(opened.pointer, input, inputs, &output, outputs, nil, 0) == 0)
        var device = try model.device(isPersonal: false)
        #expect(try device.outputs(of: input) == output)
        #expect(metanetwork_embedding(opened.pointer, 1, nil, 0) == 0)

        let ranker = try ModelOfTests(Self.ranking, items: 60)
        let ranking = try Opened(ranker)
        var embedding = [Float](repeating: 0, count: 8)
        #expect(metanetwork_embedding(ranking.pointer, 7, nil, 0) == 8)
        #expect(metanetwork_embedding(ranking.pointer, 7, &embedding, 8) == 8)
        #expect(try ranker.device(isPersonal: false).sampleEmbedding(of: 7) == embedding)
        for (item, size) in [(0, 8), (61, 8), (7, 7), (Int32.min, 8)] as [(Int32, Int)] {
            #expect(metanetwork_embedding(ranking.pointer, item, &embedding, size) == 0)
        }
    }

    @Test("reads an architecture as Foundation does, every shipped one")
    func architectures() throws {
        for name in Architecture.shippedNames {
            let architecture = try #require(Architecture.shipped(name))
            let opened = try Opened(try ModelOfTests(architecture, items: 20))
            #expect(opened.scores([1, 2], [3])?.first?.isFinite == true, "\(name)")
        }
    }

    @Test("says what is wrong and how to fix it, cut to what there is room for, and changes nothing")
    func errors() throws {
        let model = try ModelOfTests(Self.ranking, items: 60)
        let text = try [UInt8](JSONEncoder().encode(model.architecture))
        let file = try model.file
        func opening(_ text: [UInt8], _ items: Int, _ file: [UInt8], room: Int = 400) -> String {
            var error = [CChar](repeating: 1, count: room)
            #expect(metanetwork_open(text, text.count, items, file, file.count, &error, room) == nil)
            return Self.message(error)
        }
        #expect(opening([], 60, file).hasPrefix("architecture: byte 0:"))
        #expect(opening(Array("{}".utf8), 60, file) == "architecture: the key 'name' is missing")
        let wrong = String(decoding: text, as: UTF8.self).replacing(
            "\"operation\":\"dot\"",
            with: "\"operation\":\"dott\""
        )
        #expect(opening(Array(wrong.utf8), 60, file).contains("operation 'dott' is not known"))
        #expect(opening(text, -1, file).hasPrefix("items is 18446744073709551615"))
        #expect(opening(text, 61, file).contains("items.embedding"))
        #expect(opening(text, 60, Array(file.dropLast())).hasPrefix("safetensors: "))
        #expect(opening(text, 60, Array(file.dropLast()), room: 8) == "safeten")
        let opened = try Opened(model)
        let before = opened.scores([1, 2, 3], [4, 5])
        var error = [CChar](repeating: 1, count: 200)
        for bytes in [[], Array(try model.personalFile.dropLast()), file] {
            #expect(metanetwork_personalize(opened.pointer, bytes, bytes.count, &error, 200) == -1)
            #expect(!Self.message(error).isEmpty && opened.scores([1, 2, 3], [4, 5]) == before)
        }
        #expect(metanetwork_score(opened.pointer, nil, 3, nil, 0, nil, &error, 200) == -1)
        #expect(Self.message(error) == "history is NULL and has 3 values; give the values, or 0")
        #expect(metanetwork_score(opened.pointer, nil, 0, nil, .min, nil, &error, 200) == -1)
        #expect(Self.message(error).hasPrefix("candidates has 9223372036854775808 values"))
        #expect(metanetwork_run(opened.pointer, [1], 1, nil, 0, &error, 200) == -1)
        #expect(Self.message(error).contains("ranks items"))
        #expect(metanetwork_score(nil, nil, 0, nil, 0, nil, &error, 200) == -1)
        #expect(Self.message(error) == "the model is NULL; open one first")
        #expect(metanetwork_context(opened.pointer, [1], 1, &error, 200) == -1)
        metanetwork_close(nil)
        #expect(metanetwork_items(nil) == 0 && metanetwork_is_personal(nil) == 0)
    }

    @Test("traps for no bytes: files and architectures with changed, missing and added ones")
    func damage() throws {
        let model = try ModelOfTests(Self.ranking, items: 12)
        let (text, file) = (try [UInt8](JSONEncoder().encode(model.architecture)), try model.file)
        let personal = try model.personalFile
        let opened = try Opened(model)
        var random = SeededGenerator(seed: 5)
        func damaged(_ bytes: [UInt8]) -> [UInt8] {
            var bytes = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<min(bytes.count, 600), using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(UInt8.random(in: 32..<127, using: &random), at: place)
                }
            }
            return bytes
        }
        for number in 0..<600 {
            let (text, file) = number % 2 == 0 ? (damaged(text), file) : (text, damaged(file))
            metanetwork_close(metanetwork_open(text, text.count, 12, file, file.count, nil, 0))
            _ = opened.personalize(damaged(personal))
            #expect(opened.scores([1, 5], [2])?.count == 1)
        }
    }
}
