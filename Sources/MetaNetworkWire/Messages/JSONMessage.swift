import MetaNetwork

/// A JSON object of the wire, whose members are read one by one; what is wrong is said with the member's name.
struct JSONMessage {
    private let document: JSON

    /// Reads a body.
    ///
    /// - Parameters:
    ///   - json: The body.
    ///   - members: The members that it may have.
    ///   - depth: How deep its values may nest.
    init(parsing json: [UInt8], members: [String], depth: Int) throws(MessageError) {
        do {
            document = try JSON(parsing: json, depth: depth)
        } catch {
            throw MessageError(field: "", reason: "is no JSON: \(error)", fix: "send one JSON object")
        }
        guard case .object(let found) = document else {
            throw MessageError(field: "", reason: "is no object", fix: "send one JSON object")
        }
        if let other = found.first(where: { !members.contains($0.key) }) {
            throw MessageError(field: other.key, reason: "is not known", fix: "send \(members.joined(separator: ", "))")
        }
    }

    /// A member; `nil` where it is missing or null.
    subscript(_ field: String) -> JSON? {
        if let value = document[field], case .null = value { nil } else { document[field] }
    }

    /// A member that is text.
    func string(_ field: String) throws(MessageError) -> String {
        guard case .string(let value)? = document[field] else {
            throw MessageError(field: field, reason: "is missing or no string", fix: "send a string")
        }
        return value
    }

    /// The member `nonce`.
    func nonce() throws(MessageError) -> String {
        let nonce = try string("nonce")
        guard ParametersRequest.isWord(nonce) else {
            throw MessageError(field: "nonce", reason: "is no nonce", fix: "send 8 to 64 letters, digits, - and _")
        }
        return nonce
    }

    /// The elements of an array of a limited length, one at least.
    static func array(_ field: String, _ value: JSON, _ limit: Int, fix: String) throws(MessageError) -> [JSON] {
        guard case .array(let elements) = value else {
            throw MessageError(field: field, reason: "is no array", fix: fix)
        }
        guard !elements.isEmpty else {
            throw MessageError(field: field, reason: "is empty", fix: "send at least one")
        }
        guard elements.count <= limit else {
            throw MessageError(field: field, reason: "has \(elements.count) elements", fix: "send the last \(limit)")
        }
        return elements
    }

    /// An array of raw ids, one at least.
    static func strings(_ field: String, _ value: JSON, _ limit: Int, fix: String) throws(MessageError) -> [String] {
        let elements = try array(field, value, limit, fix: fix)
        var strings: [String] = []
        strings.reserveCapacity(elements.count)
        for element in elements {
            guard case .string(let string) = element else {
                throw MessageError(
                    field: "\(field)[\(strings.count)]",
                    reason: "is no string",
                    fix: "send the raw id in quotes"
                )
            }
            strings.append(string)
        }
        return strings
    }

    /// An array of finite numbers, one at least.
    static func numbers(_ field: String, _ value: JSON, limit: Int = 1 << 20) throws(MessageError) -> [Float] {
        var numbers: [Float] = []
        for element in try array(field, value, limit, fix: "send an array of numbers") {
            let number: Float =
                switch element {
                case .integer(let value): Float(value)
                case .number(let value): Float(value)
                default: .nan
                }
            guard number.isFinite else {
                throw MessageError(
                    field: "\(field)[\(numbers.count)]",
                    reason: "is no finite number",
                    fix: "send finite numbers in single precision"
                )
            }
            numbers.append(number)
        }
        return numbers
    }
}

extension JSON {
    /// A whole number; `nil` for any other value. To JSON Schema 1.0 is one too.
    var whole: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }
}
