/// Where the bundle's gate thinks it likeliest that the weights in use are wrong, so often as a budget allows (IntellectReq, arXiv
/// 2302.07335).
///
/// Which of a user's rankings are the worst of all is known when they are over. The policy is due where the gate thinks a mistake
/// likelier than in all but the budget's share of validation, and corrects that threshold by what it has spent: by a twentieth of the
/// requests that it is ahead or behind, so that the share which is realised comes to the budget though this user differs from validation
/// (the update of Gibbs and Candès 2021, arXiv 2106.00170; a share over n decisions is off by about 20 / n at most, as long as the
/// threshold can give way).
///
/// Without a gate in the bundle (`metanetwork train --gate intellectreq`), and before the first weights, it is due as ``EverySamples``
/// of one over the budget. See ``WhenMoved``, whose measure is not learned, and which chose better where the two were measured ranking by ranking
/// (docs/results.md).
public struct WhenLikelyWrong: RefreshPolicy {
    /// Requests as a share of samples, from 0 to 1.
    public let budget: Double

    /// Creates a policy; a budget outside of 0 to 1 counts as the nearer of the two.
    public init(budget: Double) { self.budget = Budget.clamped(budget) }

    /// Whether the gate thinks a mistake likely enough.
    public func isDue(_ situation: RefreshSituation) -> Bool {
        Budget(budget).isDue(situation, by: situation.foresight?.mistake)
    }
}

/// Where the recent samples have moved furthest from those behind the weights in use, so often as a budget allows; see
/// ``WhenLikelyWrong`` for how the budget is kept.
public struct WhenMoved: RefreshPolicy {
    /// Requests as a share of samples, from 0 to 1.
    public let budget: Double

    /// Creates a policy; a budget outside of 0 to 1 counts as the nearer of the two.
    public init(budget: Double) { self.budget = Budget.clamped(budget) }

    /// Whether the samples have moved far enough.
    public func isDue(_ situation: RefreshSituation) -> Bool {
        Budget(budget).isDue(situation, by: situation.foresight?.movement)
    }
}

/// A share of what happens on a device that is worth a request.
struct Budget {
    let share: Double

    /// Requests ahead or behind that move the threshold by all of validation.
    private static let patience = 20.0

    init(_ share: Double) { self.share = share }

    static func clamped(_ share: Double) -> Double { share.isNaN ? 0 : min(max(share, 0), 1) }

    /// - Parameter place: Share of validation that was less worth a request; `nil` where nobody knows.
    func isDue(_ situation: RefreshSituation, by place: Double?) -> Bool {
        guard share > 0, situation.samples > 0 else { return false }
        guard let place, let foresight = situation.foresight else {
            return situation.behind == nil || Double(situation.samples) * share >= 1
        }
        return isDue(place, decisions: foresight.decisions, requests: foresight.requests)
    }

    /// Whether something is among the share that is worth a request.
    ///
    /// - Parameters:
    ///   - place: Share of validation that was less worth one.
    ///   - decisions: How often this was asked before.
    ///   - requests: How often it was so.
    func isDue(_ place: Double, decisions: Int, requests: Int) -> Bool {
        guard share > 0 else { return false }
        let ahead = share * Double(decisions) - Double(requests)
        // What could not be spent for long is not spent at once.
        let correction = min(max(ahead / Self.patience, -1), 1)
        return place >= 1 - (share + correction)
    }
}
