import Foundation

/// The header `Retry-After`: seconds, or a date.
enum RetryAfter {
    /// The wait in seconds from 0 to a day; `nil` where the header is something else.
    ///
    /// - Parameters:
    ///   - header: The header's value.
    ///   - now: The device's clock, in seconds since 1970, for a date.
    static func seconds(_ header: String, now: Int) -> Int? {
        let text = header.trimmingCharacters(in: .whitespaces)
        if let seconds = Int(text) { return min(max(0, seconds), 86_400) }
        guard text.utf8.count <= 64 else { return nil }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        guard let date = format.date(from: text) else { return nil }
        return Int(exactly: (date.timeIntervalSince1970 - Double(now)).rounded()).map { min(max(0, $0), 86_400) }
    }
}
