/// Results drawn anew, over subjects and seeds: what intervals of claims are computed from.
///
/// A resample is one draw of the subjects of a set and of the seeds, with replacement. All methods are measured on the
/// same draw, so that a difference of two methods varies less than each of them.
public protocol ClaimSource {
    /// Number of resamples; 0 where nothing is drawn.
    var resamples: Int { get }

    /// A metric on one draw.
    ///
    /// - Returns: The mean over the drawn seeds on the drawn subjects; NaN where this draw has no value, for example an AUC
    ///   without a negative; `nil`, for every resample alike, where this metric is not drawn.
    func metric(_ method: String, _ set: String, _ name: String, resample: Int) -> Double?

    /// The values of a curve on one draw, one for each of its points.
    ///
    /// - Returns: `nil`, for every resample alike, where this curve is not drawn.
    func curve(_ method: String, _ axis: String, _ set: String, _ metric: String, resample: Int) -> [Double]?

    /// The indices of the seeds of one draw, so that what is drawn over seeds alone is drawn alike; `nil` where the source
    /// draws no seeds.
    func seeds(resample: Int) -> [Int]?
}

extension ClaimSource {
    /// No curve is drawn.
    public func curve(_ method: String, _ axis: String, _ set: String, _ metric: String, resample: Int) -> [Double]? {
        nil
    }

    /// No seeds are drawn.
    public func seeds(resample: Int) -> [Int]? { nil }
}
