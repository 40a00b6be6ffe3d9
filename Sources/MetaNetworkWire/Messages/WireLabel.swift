/// A version of the wire: how answers are signed, and how problem documents are written.
///
/// Services and apps are updated at different times. A client names the labels that it reads in the header ``header``; the service
/// answers in the newest of them that it knows, and in ``two`` where the client names none.
public enum WireLabel: Int, Sendable, CaseIterable {
    /// The label for clients that name none. The leaf of a digest tree is the digest of the body alone, and the fix in a problem
    /// document is its member `mend`.
    case two = 2
    /// A leaf is told from a node by what is hashed before it, as in RFC 6962; a signature names the label; a problem's fix is its
    /// member `fix`.
    case three = 3

    /// The newest one.
    public static let newest = WireLabel.three

    /// Name of the header with the labels that a client reads: numbers, with commas between them.
    public static let header = "MetaNetwork-Accept"

    /// What a client that reads all of them sends.
    public static let all = allCases.reversed().map { String($0.rawValue) }.joined(separator: ", ")

    /// The newest label that a client reads.
    ///
    /// - Parameter header: The header's value. Labels that are not known are passed over, for the client may be the newer side.
    /// - Returns: `nil` where it names none that is known, or is no list of numbers.
    public init?(newestIn header: String) {
        let named = header.split(separator: ",", omittingEmptySubsequences: false).map(Self.trimmed)
        guard named.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isDigit) }),
            let label = Self.allCases.last(where: { named.contains("\($0.rawValue)") })
        else { return nil }
        self = label
    }

    private static func trimmed(_ part: Substring) -> Substring {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        var part = part.drop(while: isBlank)
        while part.last.map(isBlank) == true { part.removeLast() }
        return part
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
