/// Examples of many devices, none of which leaves its own: who has which.
public protocol DealtExamples: Sendable {
    /// Numbers of each device's examples; a device without any is never asked.
    var shards: [[Int32]] { get }
    /// SHA-256 of the data and of how they are dealt, in hexadecimal.
    var digest: String { get }
    /// How they are dealt, in words.
    var description: String { get }
    /// How they are dealt and what is held out, in words.
    var split: String { get }
}

extension DealtExamples {
    /// Devices that have examples.
    public var devices: [Int] { shards.indices.filter { !shards[$0].isEmpty } }
    /// The data in counts, for reports.
    public var facts: [(label: String, count: Int)] {
        [("Devices", devices.count), ("Examples of devices", shards.reduce(0) { $0 + $1.count })]
    }
}

/// Whose examples.
public enum ExamplePart: String, Sendable {
    /// All devices' own.
    case training
    /// Those that no device has.
    case test
}
