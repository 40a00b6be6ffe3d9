import Foundation

/// A mean over devices with a confidence interval; every device counts once, however much it did.
public struct MeanInterval: Sendable, Equatable {
    /// The mean.
    public let mean: Double
    /// The interval's lower end.
    public let lower: Double
    /// The interval's upper end.
    public let upper: Double

    /// Standard errors of a 95 % interval.
    public static let shown = 1.959963984540054

    /// The interval of the mean of values from 0 to 1.
    ///
    /// It is that of the normal distribution with two more devices, one with 0 and one with 1 (Agresti and Coull, The American
    /// Statistician 52, 1998, for values between too): a few devices that happen to agree are not taken for certain, and of a hundred
    /// the two hardly matter. Devices are independent of one another; choices of one device need not be.
    ///
    /// - Parameters:
    ///   - count: Number of values, 1 or more.
    ///   - sum: Their sum.
    ///   - squares: The sum of their squares.
    ///   - errors: Half the width in standard errors.
    public init(count: Int, sum: Double, squares: Double, errors: Double = Self.shown) {
        precondition(count > 0, "no devices have no mean")
        mean = sum / Double(count)
        let all = Double(count) + 2
        let center = (sum + 1) / all
        let variance = max(0, (squares + 1) / all - center * center) * all / (all - 1)
        let half = errors * (variance / all).squareRoot()
        (lower, upper) = (max(0, center - half), min(1, center + half))
    }

    /// The lower end of the interval of a share of devices (Wilson, JASA 22, 1927).
    ///
    /// - Parameters:
    ///   - part: Number of those that count.
    ///   - count: Number of all, 1 or more.
    ///   - errors: Half the width in standard errors.
    public static func leastShare(_ part: Int, of count: Int, errors: Double) -> Double {
        precondition(count > 0, "no devices have no share")
        let (share, all) = (Double(part) / Double(count), Double(count))
        let square = errors * errors
        let half = errors * (share * (1 - share) / all + square / (4 * all * all)).squareRoot()
        return max(0, (share + square / (2 * all) - half) / (1 + square / all))
    }
}

extension ChoiceSums {
    /// Mean over devices of the share of a device's choices that stood among the first ten.
    ///
    /// - Parameter errors: Half the width of the interval in standard errors.
    public func hitRate(errors: Double = MeanInterval.shown) -> MeanInterval {
        MeanInterval(count: devices, sum: hits.sum, squares: hits.squares, errors: errors)
    }

    /// Mean over devices of a device's mean NDCG@10.
    ///
    /// - Parameter errors: Half the width of the interval in standard errors.
    public func gain(errors: Double = MeanInterval.shown) -> MeanInterval {
        MeanInterval(count: devices, sum: gains.sum, squares: gains.squares, errors: errors)
    }
}
