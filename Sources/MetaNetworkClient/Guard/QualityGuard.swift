/// Whether personal weights may rank: the running loss of personal weights and of the base model on the user's last choices.
///
/// Both are asked how likely each choice was, before either can know of it (``ChoiceLoss``). It costs no label beyond what the user
/// chose, and nothing leaves the device.
///
/// *The rule.* A choice counts 1 - 1/20 times as much as the one after it: the window is about 20 choices, fades without an edge
/// over which an odd choice could fall, and needs five numbers. The base ranks as soon as personal weights have lost by more than
/// two standard errors of the mean difference, over at least 10 choices; personal weights rank again as soon as they have lost
/// less than the base. Between the two nothing changes, so that noise does not switch back and forth.
///
/// *What it is worth*, with differences that have a standard deviation of 1, over 300 choices: the base ranks 10 % of the time
/// where the two are equally good, 0.1 % where personal weights are better by 0.3, 78 % where they are worse by as much and
/// 94 % at 0.5. The mean loss of what ranked lies at most 0.09 above that of the better one for harm of any size up to 2 (at
/// 0.2, which is hard to tell from nothing; 0.17 in one of 100 such streams); beyond that it is what the first 10 choices cost.
///
/// *New weights inherit the record*: it judges what the generator makes of this user, not one set. A set that began with the benefit
/// of the doubt would rank for 10 choices, and devices ask for the next after 5 or 20: whoever is always harmed would be always harmed.
/// The price is that new weights, where the ones before were held back, must be better on some choices first; they are
/// compared while the base ranks, so these are few. Another version of the model has another generator and begins anew.
///
/// *What it cannot see.* Users choose among what they are shown, and so rather what ranked liked. That speaks for whichever of the two
/// ranks, and makes the guard slower in both directions.
struct QualityGuard: Sendable, Equatable, Codable {
    /// The version of the model whose base and personal weights are compared.
    let version: String
    /// Number of choices that were compared.
    private(set) var choices = 0
    /// Whether the base ranks, as personal weights have been worse.
    private(set) var prefersBase = false
    /// Sum of the choices' weights, and of their squares.
    private var weight = 0.0
    private var squaredWeight = 0.0
    /// Weighted sums of the losses, and of their squared differences.
    private var personal = 0.0
    private var base = 0.0
    private var squares = 0.0

    /// Choices after which one counts a third.
    static let window = 20.0
    /// Choices before which nothing is decided.
    static let fewest = 10
    /// Standard errors that are taken for noise.
    static let noise = 2.0

    /// Begins with no choice: personal weights may rank.
    init(version: String) { self.version = version }

    /// Takes the losses of a choice into account.
    mutating func add(personal loss: Double, base baseLoss: Double) {
        let kept = 1 - 1 / Self.window
        let difference = loss - baseLoss
        weight = kept * weight + 1
        squaredWeight = kept * kept * squaredWeight + 1
        personal = kept * personal + loss
        base = kept * base + baseLoss
        squares = kept * squares + difference * difference
        choices &+= 1
        if prefersBase {
            prefersBase = meanDifference >= 0
        } else {
            prefersBase = choices >= Self.fewest && meanDifference > Self.noise * standardError
        }
    }

    /// Mean of what personal weights lost beyond the base.
    private var meanDifference: Double { (personal - base) / weight }

    /// Standard error of ``meanDifference``; 0 where all differences were the same.
    private var standardError: Double {
        // As many choices of equal weight would tell as much.
        let count = weight * weight / squaredWeight
        guard count > 1 else { return 0 }
        let variance = max(0, squares / weight - meanDifference * meanDifference)
        return (variance / (count - 1)).squareRoot()
    }
}
