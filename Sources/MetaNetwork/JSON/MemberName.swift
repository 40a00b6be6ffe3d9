/// The name of a member of a JSON object: the one coding key of all files that a device reads.
///
/// An enum of keys for each type, as the compiler writes them, would add 5 KiB each to every app: it conforms to seven protocols. Messages,
/// which an app without the client does not link, have such enums.
struct MemberName: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    /// Members have no numbers.
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
    init(stringLiteral value: String) { stringValue = value }
}

extension Decoder {
    /// The members of the object at hand.
    func members() throws -> KeyedDecodingContainer<MemberName> { try container(keyedBy: MemberName.self) }
}

extension Encoder {
    /// An object, to be given members.
    func members() -> KeyedEncodingContainer<MemberName> { container(keyedBy: MemberName.self) }
}
