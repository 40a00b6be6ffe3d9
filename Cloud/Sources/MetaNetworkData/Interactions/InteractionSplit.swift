/// Which interactions are learned from, and which are held out.
public enum InteractionSplit: String, Sendable, CaseIterable {
    /// The last 10 % of each user's interactions (at least one) are test, as many before them validation.
    case lastTenth = "last-tenth"
    /// Each user's last interaction is test, the one before it validation: what most published tables of sequential
    /// recommenders use.
    case leaveOneOut = "leave-one-out"
    /// Two instants are the same for all users: about 80 % of all interactions lie before the first, 10 % between them and 10 %
    /// from the second on. No model is trained with what happened after the first, to anybody.
    case globalTime = "global-time"
    /// The data come split, in a file each of training, validation and test.
    case asGiven = "as-given"

    /// The split unless told otherwise.
    ///
    /// - Parameter log: The interactions.
    static func usual(for log: InteractionLog) -> InteractionSplit { log.parts.isEmpty ? .lastTenth : .asGiven }

    /// The split in words.
    public var text: String {
        switch self {
        case .lastTenth: "the last 10 % of each user's interactions are test, the 10 % before them validation"
        case .leaveOneOut: "each user's last interaction is test, the one before it validation"
        case .globalTime:
            "one instant for all users: about 80 % of all interactions lie before it, the next 10 % are validation, the rest test; "
                + "users without an interaction before it are not ranked"
        case .asGiven: "training, validation and test are as the data came"
        }
    }

    /// Where a user's training and validation parts end.
    struct Ends: Equatable {
        var training: Int
        var validation: Int
    }

    /// The parts of a user that does not depend on the others.
    ///
    /// - Parameter count: The user's interactions, 3 or more.
    /// - Returns: Interactions of training, and of training and validation; `nil` where times or files decide.
    func ends(of count: Int) -> Ends? {
        switch self {
        case .lastTenth:
            let held = max(1, count / 10)
            return Ends(training: count - 2 * held, validation: count - held)
        case .leaveOneOut: return Ends(training: count - 2, validation: count - 1)
        case .globalTime, .asGiven: return nil
        }
    }
}

/// The two instants of ``InteractionSplit/globalTime``.
struct SplitInstants {
    /// Validation begins.
    let validation: Double
    /// Test begins.
    let test: Double

    /// - Parameter times: The times of all interactions, in any order; at least one.
    init(_ times: [Double]) {
        let sorted = times.sorted()
        func instant(_ tenths: Int) -> Double { sorted[min(sorted.count - 1, sorted.count * tenths / 10)] }
        (validation, test) = (instant(8), instant(9))
    }

    /// Where the parts of a user end.
    ///
    /// - Parameter times: The times of the user's interactions, ascending.
    func ends(_ times: [Double]) -> InteractionSplit.Ends {
        InteractionSplit.Ends(training: times.count { $0 < validation }, validation: times.count { $0 < test })
    }
}
