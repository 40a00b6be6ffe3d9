import MetaNetworkWire

/// What the client says of its device where it asks for a manifest: ``ClientRelease/text``, and behind it a coarse class of memory and the
/// formats of numbers that this release reads.
///
/// Operators learn by it how large a base may become. Other requests do not say it. None names the device's model or system, or
/// the app: `User-Agent` is ``ClientRelease/text``, too.
struct ClientCapability: Sendable {
    /// Bytes of the device's memory; `nil` where the app does not tell them.
    let memory: UInt64?

    /// The value of ``ClientRelease/header``, as `swift/0.2.0; memory=4; formats=f32 f16 int8`.
    var text: String {
        let formats = PayloadFormat.allCases.map(\.rawValue).joined(separator: " ")
        let told = memory.map { "; memory=\(Self.memoryClass($0))" } ?? ""
        return "\(ClientRelease.text)\(told); formats=\(formats)"
    }

    /// The class of a memory in GiB, as the W3C's Device Memory rounds: the nearest power of two, the lower of two as near, from 0.25 to
    /// 8, so that few devices are told from others.
    static func memoryClass(_ bytes: UInt64) -> String {
        let classes = [0.25, 0.5, 1, 2, 4, 8]
        let gibibytes = Double(bytes) / 0x1p30
        // Above the middle between a class and the next, the next is nearer.
        let place = zip(classes, classes.dropFirst()).prefix { gibibytes > ($0 + $1) / 2 }.count
        return classes[place] < 1 ? "\(classes[place])" : "\(Int(classes[place]))"
    }
}
