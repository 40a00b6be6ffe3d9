/// Text made safe for the place where the page puts it.
package enum MarkupEscaping {
    /// Text for element content and for attribute values in double or single quotes.
    package static func html(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// JSON for a `script` element.
    ///
    /// A `<` can only be inside a string of the JSON, where its escape means the same; without it the JSON can neither
    /// end the element nor open a comment in it.
    package static func json(_ json: String) -> String {
        var escaped = ""
        for scalar in json.unicodeScalars {
            switch scalar {
            case "<": escaped += "\\u003c"
            case "\u{2028}": escaped += "\\u2028"
            case "\u{2029}": escaped += "\\u2029"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// A library's source for a `script` element.
    ///
    /// In minified source `</script` and `<!--` occur only in strings, templates and regular expressions, and in all
    /// three `\x3C` is a `<`.
    package static func script(_ source: String) -> String {
        let bytes = Array(source.utf8)
        var escaped: [UInt8] = []
        escaped.reserveCapacity(bytes.count)
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "<"), isDangerous(bytes[(index + 1)...]) {
                escaped.append(contentsOf: Array("\\x3C".utf8))
            } else {
                escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    /// Whether what follows a `<` would end the element or open a comment.
    private static func isDangerous(_ rest: ArraySlice<UInt8>) -> Bool {
        // Setting this bit makes an ASCII letter lower case and leaves `/` as it is.
        rest.starts(with: "!--".utf8) || rest.prefix(7).map({ $0 | 0x20 }).elementsEqual("/script".utf8)
    }
}
