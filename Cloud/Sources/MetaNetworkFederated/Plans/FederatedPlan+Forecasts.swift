import MetaNetworkData

/// Methods that depend on what devices learn: Fed-TREND, and what it is compared with.
extension FederatedPlan.MethodName {
    /// Whether nothing is learned: a naive forecast.
    public var learnsNothing: Bool { self == .lastValue || self == .lastSeason || self == .trainingMean }
    /// Whether it learns, or is measured, on series alone.
    public var forecasts: Bool { self == .fedTrend || self == .alone || learnsNothing }
    /// Whether what comes out is one model for all devices, of which a bundle can be made.
    public var hasOneModel: Bool { !learnsNothing && self != .alone }

    /// The naive forecast that it is; `nil` for others.
    ///
    /// - Parameter season: Steps of a season.
    public func rule(season: Int) -> NaiveForecast? {
        switch self {
        case .lastValue: .lastValue
        case .lastSeason: .lastSeason(season)
        case .trainingMean: .trainingMean
        default: nil
        }
    }
}

extension FederatedPlan {
    /// The method with its numbers, and who has which examples by it.
    ///
    /// - Throws: ``FederatedError`` where it does not fit what devices learn, or a number cannot be.
    func makeMethod(
        for learner: any LocalLearner,
        _ data: any DealtExamples,
        seed: UInt64
    ) throws -> (any FederatedMethod, any DealtExamples) {
        // What clip and noise promise is refused where the method does not keep it.
        let privacy = try privacy(devices: data.devices.count, seed: seed)
        switch method {
        case .gathered: return (Alone(places: 1, name: "all at one place"), GatheredExamples(data))
        case .alone, .lastValue, .lastSeason, .trainingMean:
            guard method == .alone ? learner is AloneLearner : learner is NaiveLearner else {
                throw FederatedError("'\(method.rawValue)' is measured on each device's own series; give --kind series")
            }
            return (Alone(places: data.devices.count, name: method.rawValue), data)
        case .fedTrend:
            try trend.check()
            guard let learner = learner as? SeriesLearner, learner.chain.isLinear else {
                throw FederatedError(
                    "fed-trend makes windows by the closed form of a linear forecaster, and the model is another; give --kind series and "
                        + "--model linear"
                )
            }
            let map = LinearMap(window: learner.series.window, horizon: learner.series.horizon)
            let work = work(of: average(nil))
            return (FedTREND(devices: atOnce, trend, map, work, momentum: momentum, seed: seed), data)
        default: return (try makeMethod(privacy: privacy), data)
        }
    }
}
