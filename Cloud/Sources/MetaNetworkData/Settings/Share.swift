/// A share of something: `5%` or `0.05`.
package struct Share: SettingValue {
    /// From 0 to 1.
    package let value: Double

    /// A share that is known to be one.
    package init(_ value: Double) { self.value = value }

    package static func read(_ text: String) -> Share? {
        let isPercent = text.hasSuffix("%")
        guard let value = Double(isPercent ? String(text.dropLast()) : text),
            (0...(isPercent ? 100 : 1)).contains(value)
        else { return nil }
        return Share(isPercent ? value / 100 : value)
    }

    package var settingText: String { "\(value)" }
    package static let remedy = "give a share, 5% or 0.05"

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}
