/// A part of the data: of each user's interactions, or of the devices of episodes.
public enum Part: String, Sendable, CaseIterable {
    /// What is learned from.
    case training
    /// What chooses the epoch.
    case validation
    /// What is reported.
    case test

    /// Which of the parts comes first in time.
    var order: Int {
        switch self {
        case .training: 0
        case .validation: 1
        case .test: 2
        }
    }
}
