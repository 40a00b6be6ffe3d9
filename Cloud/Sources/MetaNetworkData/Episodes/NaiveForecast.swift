/// A forecast that nobody learns: what every model has to be better than.
public enum NaiveForecast: Sendable, Equatable {
    /// The last value of the window, for each step ahead.
    case lastValue
    /// The value one season before, of so many steps, at most as many as a window has; further ahead the last season again.
    case lastSeason(Int)
    /// The mean of what the series trains on, 0 in its own units.
    case trainingMean

    /// Its name, and what reports call it.
    var words: (name: String, label: String) {
        switch self {
        case .lastValue: ("last-value", "the last value instead of a model")
        case .lastSeason(let steps): ("last-season", "the last \(steps) values instead of a model")
        case .trainingMean: ("training-mean", "the mean of training instead of a model")
        }
    }

    /// What follows a window.
    ///
    /// - Parameters:
    ///   - window: Its values, oldest first.
    ///   - horizon: Steps ahead.
    public func values(after window: ArraySlice<Float>, horizon: Int) -> [Float] {
        (0..<horizon).map { step in
            switch self {
            case .lastValue: window[window.endIndex - 1]
            case .lastSeason(let steps): window[window.endIndex - steps + step % steps]
            case .trainingMean: 0
            }
        }
    }
}
