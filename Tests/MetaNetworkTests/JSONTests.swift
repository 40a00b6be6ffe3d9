import Testing

@testable import MetaNetwork

@Suite("JSON")
struct JSONTests {
    private func parse(_ text: String, depth: Int = 8) throws -> JSON {
        try JSON(parsing: Array(text.utf8), depth: depth)
    }

    @Test("A document keeps its values and the order of its keys")
    func document() throws {
        let text = #" {"b" : [1, -2.5e1, true, false, null], "a":{}, "c":"x"} "#
        let expected = JSON.object([
            .init("b", .array([.integer(1), .number(-25), .bool(true), .bool(false), .null])),
            .init("a", .object([])),
            .init("c", .string("x")),
        ])
        #expect(try parse(text) == expected)
        #expect(try JSON(parsing: expected.bytes) == expected)
    }

    @Test("Escapes and surrogate pairs become characters")
    func escapes() throws {
        #expect(try parse(#""\"\\\/\b\f\n\r\t\u00e9\ud83d\uDE00""#) == .string("\"\\/\u{8}\u{c}\n\r\té😀"))
    }

    @Test("Every character survives being written and read")
    func characters() throws {
        var text = ""
        for value in UInt32(0)..<0x3000 { if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) } }
        text += "😀\u{10FFFF}\u{E000}\u{FFFF}"
        #expect(try JSON(parsing: JSON.string(text).bytes) == .string(text))
    }

    @Test("Whole numbers that fit are integers, others doubles")
    func numbers() throws {
        #expect(try parse("9223372036854775807") == .integer(.max))
        #expect(try parse("-9223372036854775808") == .integer(.min))
        #expect(try parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
        #expect(try parse("1e2") == .number(100))
        #expect(try parse("0.5E-1") == .number(0.05))
        for value in [0.1, -1e-7, 1.5e300, .leastNonzeroMagnitude] {
            #expect(try JSON(parsing: JSON.number(value).bytes) == .number(value))
        }
    }

    @Test(
        "What the RFC does not allow is refused at the byte that is wrong",
        arguments: [
            ("", 0), (" ", 1), ("{", 1), ("[1,]", 3), ("[1 2]", 3), ("{\"a\":1,}", 7), ("{a:1}", 1), ("{\"a\" 1}", 5),
            ("{\"a\":1,\"a\":2}", 7), ("01", 0), ("-", 1), ("1.", 2), (".5", 0), ("1e", 2), ("+1", 0), ("1e999", 0),
            ("nul", 3), ("True", 0), ("\"a", 0), ("\"\\x\"", 2), ("\"\\u12g4\"", 5), ("\"\\ud800\"", 3),
            ("\"\\ud800\\u0041\"", 3), ("\"\\udc00\"", 3), ("\"\n\"", 1), ("1 1", 2), ("//", 0), ("NaN", 0),
            ("\"\\", 2),
        ]
    )
    func refused(text: String, offset: Int) throws {
        let error = #expect(throws: JSONError.self) { try parse(text) }
        #expect(error?.offset == offset, "\(text): \(error?.description ?? "")")
    }

    @Test("Bytes that are not UTF-8 are refused inside strings and outside")
    func notUnicode() {
        for bytes: [UInt8] in [[0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xFF], [0x22, 0xC0, 0x80, 0x22]] {
            #expect(throws: JSONError.self) { try JSON(parsing: bytes) }
        }
    }

    @Test("Nesting is refused beyond the limit, however deep")
    func depth() throws {
        #expect(try parse("[[[]]]", depth: 3) == .array([.array([.array([])])]))
        #expect(throws: JSONError(offset: 3, reason: "nested too deeply")) { try parse("[[[[]]]]", depth: 3) }
        #expect(throws: JSONError.self) { try JSON(parsing: Array(repeating: UInt8(ascii: "["), count: 1_000_000)) }
    }
}
