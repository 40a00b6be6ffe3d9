import MetaNetworkData

/// A time that something takes: `24h`, `90m`, `3d` or a number of seconds.
struct TimeSpan: SettingValue {
    let seconds: Int

    static func read(_ text: String) -> TimeSpan? {
        let unit =
            switch text.last {
            case "d": 86_400
            case "h": 3600
            case "m": 60
            default: 1
            }
        let digits = unit == 1 && text.last != "s" ? text[...] : text.dropLast()
        guard let count = Int(digits), count > 0 else { return nil }
        let (seconds, overflows) = count.multipliedReportingOverflow(by: unit)
        // Longer than any release stays.
        return overflows || seconds > 366 * 86_400 ? nil : TimeSpan(seconds: seconds)
    }

    var settingText: String { "\(seconds)s" }
    static let remedy = "give a time up to a year, 24h, 90m or 3d"

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(settingText)
    }
}
