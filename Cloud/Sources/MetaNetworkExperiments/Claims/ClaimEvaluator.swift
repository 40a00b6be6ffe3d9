/// Decides claims by results.
///
/// **One value.** Where the right side is a number (it reads nothing of the results), the left side is compared with it:
/// `value` is the left side and `bound` the number. Otherwise the difference is: `value` is left less right, `bound` 0.
///
/// **Its interval** is the middle 95 % of the value over resamples (Efron's percentile interval, linear between
/// neighbours). Each metric and curve that the ``ClaimSource`` draws is drawn over subjects and seeds; one that it does
/// not draw is drawn over the seeds of its runs, the same seeds for all methods. Costs, standard deviations, checks and
/// numbers are exact. A claim of these alone is decided by its value: `low` and `high` are the value.
///
/// **Decision.** A claim holds only if the whole interval lies on its side of the bound. It is undecided where data are
/// missing, where a metric or curve has one seed, or where a curve ends before the level that would decide is reached.
public struct ClaimEvaluator {
    let result: ExperimentResult
    let checks: [String: Bool]
    let draws: SeedDraws

    /// Creates an evaluator.
    ///
    /// - Parameters:
    ///   - result: The measured values.
    ///   - source: The resamples; without one, the seeds of the results are drawn.
    ///   - checks: Measured properties, by name.
    ///   - draws: Number of resamples where the source has none.
    ///   - seed: Seed of the draws of seeds.
    public init(
        _ result: ExperimentResult,
        source: (any ClaimSource)? = nil,
        checks: [String: Bool] = [:],
        draws: Int = 2000,
        seed: UInt64 = 1
    ) {
        precondition(draws > 0, "a bootstrap needs at least one draw")
        (self.result, self.checks) = (result, checks)
        self.draws = SeedDraws(source: source, draws: draws, seed: seed)
    }

    /// Decides claims, in their order.
    ///
    /// - Throws: ``ClaimError`` where an expression cannot be read.
    public func evaluate(_ claims: [Claim]) throws(ClaimError) -> [ClaimResult] {
        try claims.map { claim throws(ClaimError) in try evaluate(claim) }
    }

    /// Decides a claim.
    ///
    /// - Throws: ``ClaimError`` where an expression cannot be read. A name that the results do not have leaves the claim
    ///   undecided.
    public func evaluate(_ claim: Claim) throws(ClaimError) -> ClaimResult {
        let (left, right) = try claim.expressions()
        var found = claim.undecided(because: "")
        do {
            let sides = ClaimSides(left: left, right: right)
            let measured = reading(nil)
            let bound = try sides.bound(on: measured)
            found.bound = bound
            let value = try sides.value(on: measured)
            found.value = value.value
            let interval = sides.isExact ? ClaimInterval([value]) : try interval(sides)
            found.low = interval.low.isFinite ? interval.low : nil
            found.high = interval.high.isFinite ? interval.high : nil
            found.holds = interval.decide(claim.relation, bound)
            found.reason = interval.reason(claim.relation, bound)
        } catch {
            found.reason = "undecided: \(error.reason)"
        }
        return found
    }

    private func reading(_ resample: Int?) -> ResultReading {
        ResultReading(result: result, checks: checks, draws: draws, resample: resample)
    }

    /// The interval over the resamples.
    ///
    /// Draws without a value are left out, as long as they are too few to move an end of the interval.
    private func interval(_ sides: ClaimSides) throws(Undecided) -> ClaimInterval {
        for reference in sides.references { try reading(nil).checkInterval(of: reference) }
        var values: [ValueBounds] = []
        var failure: Undecided?
        for resample in 0..<draws.count {
            do {
                values.append(try sides.value(on: reading(resample)))
            } catch {
                failure = failure ?? error
            }
        }
        let lost = draws.count - values.count
        if let failure, Double(lost) > ClaimInterval.tail * Double(draws.count) {
            throw Undecided("in \(lost) of \(draws.count) resamples \(failure.reason)")
        }
        return ClaimInterval(values)
    }

}

/// Both sides of a claim, joined to one value.
private struct ClaimSides {
    let left: ClaimExpression
    let right: ClaimExpression
    let references: [ClaimReference]
    private let isRightNumber: Bool

    init(left: ClaimExpression, right: ClaimExpression) {
        (self.left, self.right) = (left, right)
        isRightNumber = right.references.isEmpty
        references = left.references + right.references
    }

    /// Whether nothing in it varies with subjects or seeds.
    var isExact: Bool {
        references.allSatisfy {
            switch $0 {
            case .metric, .curve: false
            case .deviation, .cost, .check: true
            }
        }
    }

    /// What the value is compared with.
    func bound(on reading: ResultReading) throws(Undecided) -> Double {
        guard isRightNumber else { return 0 }
        let bound = try right.value(on: reading).low
        guard bound.isFinite else { throw Undecided("\(right) is out of range") }
        return bound
    }

    /// The value; one that differs from the bound by rounding alone is the bound.
    func value(on reading: ResultReading) throws(Undecided) -> ValueBounds {
        let (first, second) = (try left.value(on: reading), try right.value(on: reading))
        let scale = max(abs(first.low), abs(second.low))
        let value = isRightNumber ? first : first - second
        guard !value.low.isNaN, !value.high.isNaN else { throw Undecided("\(left) has no finite value") }
        return value.snapped(to: isRightNumber ? second.low : 0, scale: scale)
    }
}
