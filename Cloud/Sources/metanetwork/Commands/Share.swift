import MetaNetworkData

/// A share of something: `5%` or `0.05`.
struct Share: SettingValue {
    /// From 0 to 1.
    let value: Double

    /// A share that is known to be one.
    init(_ value: Double) { self.value = value }

    static func read(_ text: String) -> Share? {
        let isPercent = text.hasSuffix("%")
        guard let value = Double(isPercent ? String(text.dropLast()) : text),
            (0...(isPercent ? 100 : 1)).contains(value)
        else { return nil }
        return Share(isPercent ? value / 100 : value)
    }

    var settingText: String { "\(value)" }
    static let remedy = "give a share, 5% or 0.05"

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}
