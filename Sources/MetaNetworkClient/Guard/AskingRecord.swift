/// How often a policy was asked, and due: what a budget is kept by, over launches of the app too.
struct AskingRecord: Sendable, Equatable, Codable {
    /// The version of the model whose gate was asked.
    let version: String
    /// Situations in which the policy was asked.
    private(set) var decisions = 0
    /// Those in which it was due.
    private(set) var requests = 0
    /// The sample after which it was asked last: whoever asks again before the next one changes nothing.
    private var lastSample: String?

    init(version: String) { self.version = version }

    /// Notes a decision.
    ///
    /// - Parameters:
    ///   - isDue: Whether the policy was due.
    ///   - sample: Id of the last sample.
    /// - Returns: Whether it was the first after this sample.
    mutating func add(isDue: Bool, after sample: String?) -> Bool {
        guard sample != lastSample else { return false }
        lastSample = sample
        decisions &+= 1
        if isDue { requests &+= 1 }
        return true
    }
}
