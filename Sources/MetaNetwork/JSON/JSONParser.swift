/// Reads JSON from bytes by recursive descent; every method leaves `position` after what it read.
struct JSONParser {
    let bytes: [UInt8]
    private var position = 0
    /// Elements of the arrays that are being read: each array takes its own off the end, so that it is allocated once.
    private var elements: [JSON] = []

    init(bytes: [UInt8]) {
        self.bytes = bytes
        elements.reserveCapacity(64)
    }

    mutating func document(depth: Int) throws(JSONError) -> JSON {
        skipWhiteSpace()
        let value = try value(depth: depth)
        skipWhiteSpace()
        guard position == bytes.count else { throw failure("nothing may follow the document") }
        return value
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard let byte = peek else { throw failure("the document ends where a value should be") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure("no value begins with this byte")
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSON {
        guard depth > 0 else { throw failure("nested too deeply") }
        position += 1
        var members: [JSON.Member] = []
        // Objects are small but for those that want to cost time.
        var keys: Set<String> = []
        skipWhiteSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipWhiteSpace()
            let start = position
            guard peek == UInt8(ascii: "\"") else { throw failure("expected a key in quotes") }
            let key = try string()
            if members.count == 16 { keys = Set(members.map(\.key)) }
            guard members.count < 16 ? !members.contains(where: { $0.key == key }) : keys.insert(key).inserted else {
                throw failure("the key '\(key)' occurs twice", at: start)
            }
            skipWhiteSpace()
            guard take(UInt8(ascii: ":")) else { throw failure("expected ':' after the key") }
            skipWhiteSpace()
            members.append(JSON.Member(key, try value(depth: depth - 1)))
            skipWhiteSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw failure("expected ',' or '}'") }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSON {
        guard depth > 0 else { throw failure("nested too deeply") }
        position += 1
        skipWhiteSpace()
        if take(UInt8(ascii: "]")) { return .array([]) }
        let first = elements.count
        while true {
            skipWhiteSpace()
            elements.append(try value(depth: depth - 1))
            skipWhiteSpace()
            if take(UInt8(ascii: "]")) {
                defer { elements.removeSubrange(first...) }
                return .array(Array(elements[first...]))
            }
            guard take(UInt8(ascii: ",")) else { throw failure("expected ',' or ']'") }
        }
    }

    private mutating func literal(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        for byte in text.description.utf8 {
            guard take(byte) else { throw failure("expected \(text)") }
        }
        return value
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let leading = position
        try digits()
        guard bytes[leading] != UInt8(ascii: "0") || position == leading + 1 else {
            throw failure("a number may not begin with 0", at: leading)
        }
        var whole = true
        if take(UInt8(ascii: ".")) {
            whole = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            whole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        // -0 is a Double: an Int would lose the sign.
        if whole, text != "-0", let integer = Int(text) { return .integer(integer) }
        guard let double = Double(text), double.isFinite else { throw failure("the number is too large", at: start) }
        return .number(double)
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw failure("expected a digit") }
    }
}

extension JSONParser {
    private mutating func string() throws(JSONError) -> String {
        let start = position
        position += 1
        // Most strings are ASCII without an escape: read where they lie.
        while let byte = peek, byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\\") {
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: bytes[start + 1..<position - 1], as: UTF8.self) }
        }
        var content = Array(bytes[start + 1..<position])
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                // Decoding repairs what is not UTF-8, so a difference tells that it was not.
                let text = String(decoding: content, as: UTF8.self)
                guard text.utf8.elementsEqual(content) else { throw failure("the string is not UTF-8", at: start) }
                return text
            case UInt8(ascii: "\\"): content += String(Character(try escape())).utf8
            case 0..<0x20: throw failure("a control character must be escaped", at: position - 1)
            default: content.append(byte)
            }
        }
        throw failure("the string has no end", at: start)
    }

    /// Reads what follows a backslash.
    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        guard let byte = peek else { throw failure("the document ends inside an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw failure("no such escape", at: position - 1)
        }
    }

    /// Reads four digits, or a surrogate pair: a character beyond U+FFFF is two escapes.
    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let start = position
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw failure("half of a surrogate pair", at: start)
        }
        let second = try fourDigits()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else {
            throw failure("half of a surrogate pair", at: start)
        }
        return scalar
    }

    private mutating func fourDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("expected four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhiteSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func failure(_ reason: String, at offset: Int? = nil) -> JSONError {
        JSONError(offset: offset ?? position, reason: reason)
    }
}
