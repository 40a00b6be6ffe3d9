/// A value in the text form in which parameters and results cross to PostgreSQL and back.
protocol PostgresValue {
    var postgresText: String { get }
    init?(postgresText: String)
}

extension PostgresValue where Self: LosslessStringConvertible {
    var postgresText: String { description }
    init?(postgresText: String) { self.init(postgresText) }
}

extension String: PostgresValue {}
extension Int: PostgresValue {}
extension Int64: PostgresValue {}
extension Float: PostgresValue {}
extension Double: PostgresValue {}

extension Bool: PostgresValue {
    var postgresText: String { self ? "t" : "f" }

    init?(postgresText: String) {
        guard ["t", "f"].contains(postgresText) else { return nil }
        self = postgresText == "t"
    }
}

/// A list of values as one parameter.
struct PostgresArray: PostgresValue {
    /// `{"a","b",NULL}`.
    let postgresText: String

    init(postgresText: String) { self.postgresText = postgresText }

    /// - Parameter values: `nil` for null.
    init<Value: PostgresValue>(_ values: [Value?]) {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            guard let value else {
                bytes += "NULL".utf8
                continue
            }
            bytes.append(Self.quote)
            for byte in value.postgresText.utf8 {
                if byte == Self.quote || byte == Self.escape { bytes.append(Self.escape) }
                bytes.append(byte)
            }
            bytes.append(Self.quote)
        }
        bytes.append(UInt8(ascii: "}"))
        postgresText = String(decoding: bytes, as: UTF8.self)
    }

    /// Values of which none is null.
    init<Value: PostgresValue>(_ values: [Value]) { self.init(values.map(Optional.some)) }

    private static let quote = UInt8(ascii: "\"")
    private static let escape = UInt8(ascii: "\\")
}
