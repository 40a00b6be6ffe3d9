import MetaNetworkWire

/// What a client says that its device can do, behind its release: `swift/0.2.0; memory=4; formats=f32 f16 int8`. In few words whatever it
/// says, as ``NamedClient``.
struct NamedCapability: Hashable {
    /// The memory in GiB, as one of the classes; `other` where it is none, `unsaid` where the app keeps it.
    let memory: String
    /// Those formats of numbers that this service writes and the client reads, in alphabetical order; `unsaid` where it names none.
    let formats: String

    /// Powers of two, as the W3C's Device Memory rounds: the classes tell few devices from others.
    private static let memories: Set = ["0.25", "0.5", "1", "2", "4", "8"]
    /// More words than a client of ours says are not read.
    private static let maximum = 8

    /// - Parameter header: The value of `ClientRelease.header`.
    /// - Returns: `nil` where it says nothing of the device.
    init?(_ header: String?) {
        guard let header else { return nil }
        var values: [Substring: Substring] = [:]
        for field in header.split(separator: ";", maxSplits: Self.maximum).dropFirst() {
            let pair = field.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { values[pair[0]] = pair[1] }
        }
        guard values["memory"] != nil || values["formats"] != nil else { return nil }
        memory = values["memory"].map { Self.memories.contains(String($0)) ? String($0) : "other" } ?? "unsaid"
        let words = Set((values["formats"] ?? "").split(separator: " ", maxSplits: Self.maximum).map(String.init))
        let known = PayloadFormat.allCases.map(\.rawValue).filter(words.contains).sorted()
        formats = known.isEmpty ? "unsaid" : known.joined(separator: " ")
    }
}
