/// A JSON document as a value (RFC 8259), for headers and messages in a module that may not import Foundation.
///
/// Objects keep the order of their keys. ``init(parsing:depth:)`` is strict: what the RFC does not allow is refused with
/// the offset of the byte at fault, and so is a key that occurs twice.
package enum JSON: Sendable {
    /// The literal `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction and exponent that fits an `Int`.
    case integer(Int)
    /// Any other number; finite.
    case number(Double)
    /// A string; valid Unicode.
    case string(String)
    /// The elements in order.
    case array([JSON])
    /// The members in order; no key twice.
    case object([Member])

    /// A key of an object and its value.
    package struct Member: Sendable {
        /// The key.
        package var key: String
        /// The value.
        package var value: JSON

        /// Creates a member.
        package init(_ key: String, _ value: JSON) {
            self.key = key
            self.value = value
        }
    }

    /// Parses one document; white space may surround it, nothing else.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - depth: How many arrays and objects may enclose each other: bounds the recursion whatever the input.
    package init(parsing bytes: [UInt8], depth: Int = 32) throws(JSONError) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.document(depth: depth)
    }

    /// The value of the first member with this key; `nil` if there is none or this is no object.
    package subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }
}

extension JSON: Equatable {
    /// Whether both are written alike, their members in the same order.
    package static func == (one: JSON, other: JSON) -> Bool { one.bytes == other.bytes }
}

/// Why bytes are not a JSON document.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Offset of the byte at fault, counted from 0.
    package let offset: Int
    /// What was expected or is not allowed there.
    package let reason: String

    /// The offset and the reason.
    package var description: String { "byte \(offset): \(reason)" }
}

extension JSON {
    /// The document as UTF-8 without white space. A number that is not finite becomes `null`, for JSON has none.
    package var bytes: [UInt8] {
        var output: [UInt8] = []
        write(to: &output)
        return output
    }

    private func write(to output: inout [UInt8]) {
        switch self {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .integer(let value): output += String(value).utf8
        case .number(let value): output += (value.isFinite ? String(value) : "null").utf8
        case .string(let value): Self.write(value, to: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                element.write(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                Self.write(member.key, to: &output)
                output.append(UInt8(ascii: ":"))
                member.value.write(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ string: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        // Most strings need no escape.
        if string.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            output += string.utf8
        } else {
            writeEscaped(string, to: &output)
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func writeEscaped(_ string: String, to output: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: output += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: output.append(byte)
            }
        }
    }
}
