import Foundation

/// Times as they are written in files of interactions.
enum InteractionTime {
    /// What a time may be, for messages.
    static let fix =
        "write seconds or milliseconds since 1970, or a date such as 2024-05-01, 2024-05-01 12:30:00 or 2024-05-01T12:30:00.250Z"

    /// Seconds since 1970.
    ///
    /// A number from 1e11 on is milliseconds, from 1e14 microseconds, from 1e17 nanoseconds: as seconds they were the year 5138 or later.
    /// A date is ISO 8601's, with `T` or a space before the time of day, or `Tue Apr 03 18:00:09 +0000 2012`; without a zone it is UTC.
    ///
    /// - Returns: `nil` where the text is no time.
    static func seconds(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        if (1...18).contains(text.count), text.allSatisfy({ $0 >= 48 && $0 <= 57 }) {
            return scaled(Double(text.reduce(0) { $0 * 10 + Int($1 - 48) }))
        }
        let trimmed = String(decoding: text.prefix(64), as: UTF8.self).trimmingCharacters(in: .whitespaces)
        guard text.count <= 64 else { return nil }
        if let value = Double(trimmed) { return value.isFinite ? scaled(value) : nil }
        return date(trimmed) ?? dateInWords(trimmed)
    }

    private static func scaled(_ value: Double) -> Double {
        switch abs(value) {
        case ..<1e11: value
        case ..<1e14: value / 1e3
        case ..<1e17: value / 1e6
        default: value / 1e9
        }
    }

    /// ISO 8601, with hyphens or slashes.
    private static func date(_ text: String) -> Double? {
        var digits = DateScanner(text)
        guard let year = digits.number(4), let separator = digits.one(of: "-/"), let month = digits.number(2),
            digits.one(of: [separator]) != nil, let day = digits.number(2),
            let midnight = midnight(year, month, day)
        else { return nil }
        if digits.isAtEnd { return midnight }
        guard digits.one(of: "Tt ") != nil, let time = digits.timeOfDay(), let zone = digits.zone(), digits.isAtEnd
        else { return nil }
        return midnight + time - zone
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// `Tue Apr 03 18:00:09 +0000 2012`, as C's `asctime` and Twitter's, Foursquare's and Goodreads' files have.
    private static func dateInWords(_ text: String) -> Double? {
        let words = text.split(separator: " ")
        guard words.count == 6, let month = months.firstIndex(of: words[1].lowercased()), let day = Int(words[2]),
            let year = Int(words[5]), let midnight = midnight(year, month + 1, day)
        else { return nil }
        var (time, zone) = (DateScanner(words[3]), DateScanner(words[4]))
        guard let seconds = time.timeOfDay(), time.isAtEnd, let offset = zone.zone(), zone.isAtEnd else { return nil }
        return midnight + seconds - offset
    }

    /// The first second of a day in UTC; `nil` where the calendar has no such day.
    private static func midnight(_ year: Int, _ month: Int, _ day: Int) -> Double? {
        guard (1...9999).contains(year) else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (Int32(year - 1900), Int32(month - 1), Int32(day))
        let seconds = timegm(&parts)
        // `timegm` takes the 30th of February for a day in March.
        guard parts.tm_mon == month - 1, parts.tm_mday == day else { return nil }
        return Double(seconds)
    }
}

/// Takes digits and marks from the beginning of a text.
private struct DateScanner {
    private let text: [UInt8]
    private var place = 0

    init(_ text: some StringProtocol) { self.text = Array(text.utf8) }

    var isAtEnd: Bool { place == text.count }

    /// Exactly so many digits.
    mutating func number(_ count: Int) -> Int? {
        guard place + count <= text.count else { return nil }
        var value = 0
        for byte in text[place..<place + count] {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        place += count
        return value
    }

    mutating func one(of marks: String) -> Character? {
        guard !isAtEnd else { return nil }
        let mark = Character(Unicode.Scalar(text[place]))
        guard marks.contains(mark) else { return nil }
        place += 1
        return mark
    }

    mutating func one(of marks: [Character]) -> Character? { one(of: String(marks)) }

    /// `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fraction` in seconds.
    mutating func timeOfDay() -> Double? {
        guard let hour = number(2), hour < 24, one(of: ":") != nil, let minute = number(2), minute < 60 else {
            return nil
        }
        var seconds = Double(hour * 3600 + minute * 60)
        guard one(of: ":") != nil else { return seconds }
        // 60 is a leap second.
        guard let second = number(2), second <= 60 else { return nil }
        seconds += Double(second)
        if one(of: ".,") != nil {
            var (unit, count) = (0.1, 0)
            while let digit = number(1) {
                seconds += Double(digit) * unit
                unit /= 10
                count += 1
            }
            guard count > 0 else { return nil }
        }
        return seconds
    }

    /// Seconds before UTC of `Z`, `UTC`, `+02:00`, `+0200` or `+02`; 0 where there is none.
    mutating func zone() -> Double? {
        while one(of: " ") != nil {}
        if isAtEnd { return 0 }
        if one(of: "Zz") != nil { return 0 }
        if text[place...].elementsEqual("UTC".utf8) {
            place = text.count
            return 0
        }
        guard let sign = one(of: "+-"), let hours = number(2), hours <= 14 else { return nil }
        _ = one(of: ":")
        guard let minutes = isAtEnd ? 0 : number(2), minutes < 60 else { return nil }
        return Double(hours * 3600 + minutes * 60) * (sign == "-" ? -1 : 1)
    }
}
