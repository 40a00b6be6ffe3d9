import Foundation
import MetaNetwork
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
    /// The input `gap`: ln(1 + hours) from the latest choice to a moment, in whole seconds as choices have them; 0 where that is not later.
    ///
    /// - Parameters:
    ///   - latest: When the latest item of the history was chosen: ``PersonalModel/latestTime``.
    ///   - moment: When items are ranked.
    public static func gap(since latest: Date, until moment: Date) -> InputValue {
        let (from, to) = (latest.timeIntervalSince1970.rounded(.down), moment.timeIntervalSince1970.rounded(.down))
        return .values([Float(log1p(max(0, to - from) / 3600))])
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

    /// What is known of the moment of a choice in the place of what is set now, in those inputs of these names and forms that an app set.
    /// What the user did before it, `previous`, is not kept, and so is missing.
    ///
    /// - Parameters:
    ///   - context: What the app set.
    ///   - inputs: Of the model.
    ///   - moment: When the choice was made.
    ///   - latest: When the choice before it was.
    static func at(
        _ moment: Date,
        after latest: Date,
        in context: [String: InputValue],
        of inputs: [ModelGraph.NamedInput]
    ) -> [String: InputValue] {
        let computed = [
            "gap": gap(since: latest, until: moment), "hour": hour(of: moment), "weekday": weekday(of: moment),
        ]
        var known = context
        for input in inputs where context[input.name] != nil {
            if input.tokens != nil {
                if input.name == "previous" { known[input.name] = nil }
            } else if let value = computed[input.name], case .values(let values) = value,
                values.count == input.shape.count
            {
                known[input.name] = value
            }
        }
        return known
    }

    private static func onCircle(_ time: Double, period: Double) -> InputValue {
        let rest = time.rounded(.down).truncatingRemainder(dividingBy: period)
        let angle = 2 * Double.pi * (rest < 0 ? rest + period : rest) / period
        return .values([Float(sin(angle)), Float(cos(angle))])
    }
}
