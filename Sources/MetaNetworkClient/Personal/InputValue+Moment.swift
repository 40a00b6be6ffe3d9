import Foundation
import MetaNetworkDevice

/// What a model may have learned to read of the moment of a choice (`metanetwork train --event-context`), computed as in training.
///
/// ```swift
/// let now = Date()
/// if let latest = await model.latestTime {
///     try await model.setContext(["gap": .gap(since: latest, until: now), "hour": .hour(of: now), "previous": "view"])
/// }
/// ```
extension InputValue {
    /// The input `gap`: ln(1 + hours) from the latest choice to a moment; 0 where that is not later.
    ///
    /// - Parameters:
    ///   - latest: When the latest item of the history was chosen: ``PersonalModel/latestTime``.
    ///   - moment: When items are ranked.
    public static func gap(since latest: Date, until moment: Date) -> InputValue {
        .values([Float(log1p(max(0, moment.timeIntervalSince(latest)) / 3600))])
    }

    /// The input `hour`: sine and cosine of the time of day in UTC, on a circle of 24 hours from midnight.
    ///
    /// - Parameter moment: When items are ranked.
    public static func hour(of moment: Date) -> InputValue {
        onCircle(moment.timeIntervalSince1970, period: 86_400)
    }

    /// The input `weekday`: sine and cosine of the time of the week in UTC, on a circle of 7 days from Monday's midnight.
    ///
    /// - Parameter moment: When items are ranked.
    public static func weekday(of moment: Date) -> InputValue {
        // 1970 began on a Thursday.
        onCircle(moment.timeIntervalSince1970 + 3 * 86_400, period: 604_800)
    }

    private static func onCircle(_ time: Double, period: Double) -> InputValue {
        let rest = time.truncatingRemainder(dividingBy: period)
        let angle = 2 * Double.pi * (rest < 0 ? rest + period : rest) / period
        return .values([Float(sin(angle)), Float(cos(angle))])
    }
}
