import Foundation

/// Numbers as the dashboard writes them; an en dash where there is none.
enum DashboardNumber {
    /// What stands where there is no number.
    static let none = "\u{2013}"

    /// Three digits or so, with commas between thousands.
    static func plain(_ value: Double?) -> String {
        guard let value, value.isFinite else { return none }
        if value.magnitude >= 100 || value == value.rounded() { return whole(Int(value.rounded())) }
        return String(format: value.magnitude >= 10 ? "%.1f" : "%.2f", value)
    }

    /// A whole number with commas between thousands.
    static func whole(_ value: Int) -> String {
        let digits = String(value.magnitude)
        let groups = stride(from: digits.count, to: 0, by: -3).map { end in
            digits.prefix(end).suffix(min(3, end))
        }
        return (value < 0 ? "\u{2212}" : "") + groups.reversed().joined(separator: ",")
    }

    /// Seconds in the unit that suits them.
    static func duration(_ seconds: Double?) -> String {
        guard let seconds, seconds.isFinite else { return none }
        if seconds == 0 { return "0 ms" }
        if seconds < 1e-3 { return plain(seconds * 1e6) + " \u{00B5}s" }
        return seconds < 1 ? plain(seconds * 1e3) + " ms" : plain(seconds) + " s"
    }

    /// Bytes in the unit that suits them.
    static func bytes(_ count: Double?) -> String {
        guard let count, count.isFinite else { return none }
        let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
        guard let (size, name) = units.first(where: { count >= $0.0 }) else { return plain(count) + " B" }
        return plain(count / size) + " " + name
    }

    /// A part of one as a percentage; what is little is not rounded to none.
    static func share(_ part: Double?) -> String {
        guard let part, part.isFinite else { return none }
        if part > 0, part < 0.0001 { return "<0.01 %" }
        return plain(part * 100) + " %"
    }
}
