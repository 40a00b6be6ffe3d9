import Foundation
import MetaNetwork

/// What a model that ranks items may read of the moment of each choice, beside history and candidate: no more than a device knows when it
/// ranks. The raw value is the name of the model's input.
public enum EventContext: String, CaseIterable, Sendable {
    /// How long ago the latest interaction of the history was: ln(1 + hours), of whole seconds as devices keep them, a value; 0 where it
    /// was later.
    case gap
    /// The time of day in UTC: sine and cosine of its angle on a circle of 24 hours from midnight.
    case hour
    /// The time of the week in UTC: sine and cosine of its angle on a circle of 7 days from Monday's midnight.
    case weekday
    /// What the user did at the latest interaction of the history, such as `view`: a token. What is done next is what may be foreseen, and
    /// no device knows it.
    case previous

    /// Most tokens of ``previous`` that a shipped model tells apart.
    public static let mostTokens = 32

    /// Whether it is read from the column of what users did, rather than from that of times.
    public var isOfEvents: Bool { self == .previous }

    /// Reads a list as a bundle's provenance has it.
    ///
    /// - Parameter list: Raw values with commas between them; `nil` for none.
    public static func named(in list: String?) -> [EventContext] {
        (list ?? "").split(separator: ",").compactMap { EventContext(rawValue: String($0)) }
    }

    /// Values that it has, or 1 for the number of a token.
    var count: Int {
        switch self {
        case .gap, .previous: 1
        case .hour, .weekday: 2
        }
    }

    /// What its values are, for people.
    public var definition: String {
        switch self {
        case .gap: "ln(1 + h), where the latest item of the history was chosen h hours ago"
        case .hour: "sin(a), cos(a) of the time of day in UTC, a = 2π · seconds since midnight / 86,400"
        case .weekday:
            "sin(a), cos(a) of the time of the week in UTC, a = 2π · seconds since Monday's midnight / 604,800"
        case .previous: "what the user did with the latest item of the history"
        }
    }

    /// The values of a moment that is none of the data's, of a ranking to come.
    ///
    /// - Parameters:
    ///   - time: When that is, in seconds since 1970; `nil` where nobody knows.
    ///   - latest: Time and event of the latest interaction of the history, where these are known.
    ///   - tokens: What ``previous`` can be.
    /// - Returns: NaN where it is missing; of a token its number, 0 where it is unknown or missing.
    package func values(at time: Double?, after latest: (time: Double?, event: String?), tokens: [String]) -> [Float] {
        let missing = [Float](repeating: .nan, count: count)
        switch self {
        case .gap:
            guard let time, let before = latest.time else { return missing }
            return [Self.gap(time, since: before)]
        case .hour: return time.map(Self.hour) ?? missing
        case .weekday: return time.map(Self.weekday) ?? missing
        case .previous: return [Float((latest.event.flatMap { tokens.firstIndex(of: $0) } ?? -1) + 1)]
        }
    }

    /// Reads a time as files of interactions write it: seconds or milliseconds since 1970, or a date.
    ///
    /// - Returns: Seconds since 1970; `nil` where the text is no time.
    package static func time(_ text: String) -> Double? {
        var text = text
        return text.withUTF8 { InteractionTime.seconds($0) }
    }

    /// How a time may be written, for messages.
    package static var timeFix: String { InteractionTime.fix }

    /// ``gap`` of a moment.
    ///
    /// - Parameters:
    ///   - time: Of the moment, in seconds, of which the whole ones count.
    ///   - latest: Of the latest interaction before it.
    static func gap(_ time: Double, since latest: Double) -> Float {
        Float(log1p(max(0, time.rounded(.down) - latest.rounded(.down)) / 3600))
    }

    /// ``hour`` of a moment, in seconds since 1970.
    static func hour(_ time: Double) -> [Float] { onCircle(time, period: 86_400) }

    /// ``weekday`` of a moment, in seconds since 1970, a Thursday.
    static func weekday(_ time: Double) -> [Float] { onCircle(time + 3 * 86_400, period: 604_800) }

    private static func onCircle(_ time: Double, period: Double) -> [Float] {
        // Devices keep whole seconds.
        let rest = time.rounded(.down).truncatingRemainder(dividingBy: period)
        let angle = 2 * Double.pi * (rest < 0 ? rest + period : rest) / period
        return [Float(sin(angle)), Float(cos(angle))]
    }
}
