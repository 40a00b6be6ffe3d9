/// The name of a member of a JSON object: the one coding key of all messages and files.
///
/// An enum of keys for each type, as the compiler writes them, would add 5 KiB each to every app: it conforms to seven protocols.
package struct MemberName: CodingKey, ExpressibleByStringLiteral {
    /// The name.
    package let stringValue: String
    /// Members have no numbers.
    package var intValue: Int? { nil }

    /// Creates a name.
    package init(stringValue: String) { self.stringValue = stringValue }
    /// There is none of a number.
    package init?(intValue: Int) { nil }
    /// Creates the name that is written in the source.
    package init(stringLiteral value: String) { stringValue = value }
}

extension Decoder {
    /// The members of the object at hand.
    package func members() throws -> KeyedDecodingContainer<MemberName> { try container(keyedBy: MemberName.self) }
}

extension Encoder {
    /// An object, to be given members.
    package func members() -> KeyedEncodingContainer<MemberName> { container(keyedBy: MemberName.self) }
}
