import MetaNetwork
import Testing

@testable import MetaNetworkDeviceC

@Suite("A value of parsed JSON")
struct JSONValueTests {
    /// Values, and whether each is null. A number that is not finite is written as null, and none for that.
    private static let values: [(JSON, Bool)] = [
        (.null, true), (.number(.infinity), false), (.bool(false), false), (.string("null"), false),
        (.array([.null]), false),
    ]

    private enum Key: String, CodingKey { case a }

    /// An object with a value as its one member.
    private func member(_ value: JSON) throws -> KeyedDecodingContainer<Key> {
        let object = JSON.object([.init("a", value)])
        return try JSONValueDecoder(value: object, codingPath: []).container(keyedBy: Key.self)
    }

    @Test("is null where it is null, and not where it would be written so", arguments: values.indices)
    func null(place: Int) throws {
        let (value, isNull) = Self.values[place]
        #expect(JSONValueDecoder(value: value, codingPath: []).decodeNil() == isNull)
        #expect(try member(value).decodeNil(forKey: .a) == isNull)
        var elements = try JSONValueDecoder(value: .array([value]), codingPath: []).unkeyedContainer()
        #expect(try elements.decodeNil() == isNull)
        #expect(elements.isAtEnd == isNull)
    }

    @Test("is read where it is required, and null is refused")
    func required() throws {
        func number(_ value: JSON) throws -> Double {
            try member(value).decode(Double.self, forKey: .a)
        }
        #expect(try number(.number(.infinity)) == .infinity)
        #expect(throws: DecodingError.self) { try number(.null) }
    }
}
