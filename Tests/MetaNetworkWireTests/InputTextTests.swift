import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkWire

@Suite("Inputs as text")
struct InputTextTests {
    private struct Case: Decodable {
        let bits: [UInt32]
        let text: String?
        let rounded: [UInt32]
    }

    @Test("have numpy's halves in Python's base64, there and back; what a half cannot hold has no text")
    func numpy() throws {
        let folder = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures")
        let file = try Data(contentsOf: folder.appendingPathComponent("input-text.json"))
        let cases = try JSONDecoder().decode([Case].self, from: file)
        #expect(cases.count == 14 && cases.count { $0.text == nil } == 4)
        for each in cases {
            #expect(InputText.text(of: each.bits.map { Float(bitPattern: $0) }) == each.text)
            guard let text = each.text else { continue }
            #expect(InputText.values(of: text)?.map(\.bitPattern) == each.rounded)
        }
    }

    @Test("are read where they are one text of finite halves, and else not at all")
    func refused() {
        #expect(InputText.values(of: "ADgAvABA") == [0.5, -1, 2])
        #expect(InputText.values(of: "") == [])
        // One and three bytes; infinity and NaN; no digits; a line break; more than one form of the same bytes.
        for text in [
            "AA==", "ADgA", "AHw=", "AH4=", "50", "ADg", "ADg=\n", "AD g", "A?g=", "ADg=ADg=", "ADh=", "A===", "====",
            "=ADg",
            "ADgAvAB_", "é===",
        ] {
            #expect(InputText.values(of: text) == nil, "\(text)")
        }
    }

    @Test("are base64 as Foundation writes and reads it")
    func base64() {
        var random = SeededGenerator(seed: 9)
        for count in 0..<100 {
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            let text = Data(bytes).base64EncodedString()
            #expect(Base64.text(bytes) == text && Base64.bytes(text) == bytes)
        }
    }
}

@Suite("Messages with events")
struct SampleEventsTests {
    @Test("say how unsure a model was of an input, and nothing of an item; those of an earlier release are read")
    func uncertainty() throws {
        let item = SampleEvents.Event(id: "event-0001", item: "50", time: 5)
        let input = SampleEvents.Event(id: "event-0002", item: "ADg=", time: 6, uncertainty: 0.25)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(SampleEvents(events: [item, input]))
        let expected =
            #"{"events":[{"id":"event-0001","item":"50","time":5},"#
            + #"{"id":"event-0002","item":"ADg=","time":6,"uncertainty":0.25}]}"#
        #expect(String(decoding: json, as: UTF8.self) == expected)
        #expect(try JSONDecoder().decode(SampleEvents.self, from: json).events == [item, input])
        let extremes = ["1e-300", "1e39"].map { #"{"id":"event-0003","item":"ADg=","time":6,"uncertainty":\#($0)}"# }
        let read = try extremes.map { try JSONDecoder().decode(SampleEvents.Event.self, from: Data($0.utf8)) }
        #expect(read.map(\.uncertainty) == [0, .infinity], "a number beyond single precision costs no message")
    }

    @Test("with a code carry its values as Python packs them, and its version, and nothing else that a sample has")
    func code() throws {
        let code = try #require(SampleEvents.Event.Code([0.5, -1, 2], version: "v1"))
        // b64encode(pack("<3f", 0.5, -1, 2))
        #expect(code.values == "AAAAPwAAgL8AAABA" && code.floats == [0.5, -1, 2])
        let event = SampleEvents.Event(id: "event-0003", code: code, time: 7)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(event)
        let expected =
            #"{"code":{"values":"AAAAPwAAgL8AAABA","version":"v1"},"id":"event-0003","item":"","time":7}"#
        #expect(String(decoding: json, as: UTF8.self) == expected)
        #expect(try JSONDecoder().decode(SampleEvents.Event.self, from: json) == event)
        for values in [[Float.nan], [1, .infinity], [-.infinity]] {
            #expect(SampleEvents.Event.Code(values, version: "v1") == nil)
        }
        // Infinity and zero; NaN; two bytes; another alphabet; no digits.
        for text in ["AACAfwAAAAA=", "AADAfw==", "AAA=", "AAAAPwAAgL8AAAB_", "50"] {
            #expect(SampleEvents.Event.Code(version: "v1", values: text).floats == nil, "\(text)")
        }
        #expect(SampleEvents.Event.Code(version: "v1", values: "").floats == [])
    }

    @Test("are as long as a service reads and no longer, one event at least, whatever has to be escaped")
    func size() throws {
        for character in ["a", "/", "\u{1}", "é"] {
            let events = (0..<60).map { number in
                SampleEvents.Event(
                    id: UUID().uuidString,
                    item: String(repeating: character, count: 10_000 + number),
                    time: .max,
                    uncertainty: 1.2345678e-38
                )
            }
            let first = SampleEvents.beginning(of: events, count: 50)
            let bytes = try JSONEncoder().encode(SampleEvents(events: first)).count
            #expect(bytes <= ParametersRequest.byteLimit && first == Array(events.prefix(first.count)))
            #expect(first.count == 50 || bytes > ParametersRequest.byteLimit - 70_000, "no shorter than need be")
        }
        let large = SampleEvents.Event(id: "12345678", item: String(repeating: "a", count: 1 << 20), time: 0)
        #expect(SampleEvents.beginning(of: [large, large], count: 50) == [large] && !large.fitsMessage)
        #expect(SampleEvents.beginning(of: [], count: 50).isEmpty)
        let codes = (0..<60).map { number in
            let code = SampleEvents.Event.Code(version: "\u{1}", values: String(repeating: "/", count: 30_000 + number))
            return SampleEvents.Event(id: UUID().uuidString, code: code, time: .max)
        }
        let first = SampleEvents.beginning(of: codes, count: 50)
        let bytes = try JSONEncoder().encode(SampleEvents(events: first)).count
        #expect((ParametersRequest.byteLimit - 70_000...ParametersRequest.byteLimit).contains(bytes))
    }
}
