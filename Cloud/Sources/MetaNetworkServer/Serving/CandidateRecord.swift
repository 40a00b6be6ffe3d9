import Synchronization

/// How generation went for the devices of a version, each counted once: one that sends odd samples cannot make a version look bad.
final class CandidateRecord: Sendable {
    /// What came of a request, the worse the larger.
    enum Outcome: Int, Sendable, Comparable {
        case good, tooLong, failed

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// Numbers of devices.
    struct Reading: Sendable, Equatable {
        var devices = 0
        /// Those that got weights that devices refuse, and none that failed.
        var tooLong = 0
        /// Those for which generation failed.
        var failed = 0
    }

    private struct State {
        /// When the candidate began that the outcomes are of; `nil` where the version is none.
        var trial: Int?
        /// By a number that follows from the device's id within this process.
        var outcomes: [Int: Outcome] = [:]
    }

    /// Devices that are told apart; those that come later are passed over.
    private static let limit = 100_000

    private let state = Mutex(State())

    /// Begins anew where the version is a candidate since another time than before.
    func begin(_ trial: Int?) {
        state.withLock { state in
            if state.trial != trial { state = State(trial: trial) }
        }
    }

    /// Notes what came of a request, where the version is a candidate.
    func note(_ outcome: Outcome, of device: String) {
        state.withLock { state in
            guard state.trial != nil else { return }
            let key = device.hashValue
            guard state.outcomes[key] != nil || state.outcomes.count < Self.limit else { return }
            state.outcomes[key] = max(outcome, state.outcomes[key] ?? .good)
        }
    }

    /// The numbers now.
    var reading: Reading {
        state.withLock { state in
            state.outcomes.values.reduce(into: Reading()) { reading, outcome in
                reading.devices += 1
                switch outcome {
                case .good: break
                case .tooLong: reading.tooLong += 1
                case .failed: reading.failed += 1
                }
            }
        }
    }
}
