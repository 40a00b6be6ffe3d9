import Foundation

/// Why a candidate is dropped.
struct CandidateVerdict: Sendable, Equatable {
    /// The kind of reason, as metrics name it.
    enum Ground: String, Sendable, CaseIterable {
        case errors, norms, quality
    }

    let ground: Ground
    /// For the history: with the numbers that it follows from.
    let reason: String
}

extension CandidateStops {
    /// What generation for the candidate's devices says; `nil` where it may go on.
    ///
    /// The share of the devices that fail must be above ``failedShare`` with 99.9 % confidence.
    func verdict(on reading: CandidateRecord.Reading) -> CandidateVerdict? {
        for (ground, count, what) in [
            (CandidateVerdict.Ground.errors, reading.failed, "generation failed for"),
            (
                .norms, reading.failed + reading.tooLong,
                "generation failed, or weights were longer than devices take, for"
            ),
        ] where count >= Self.leastFailing {
            let least = MeanInterval.leastShare(count, of: reading.devices, errors: Self.errors)
            guard least > failedShare else { continue }
            return CandidateVerdict(
                ground: ground,
                reason: "\(what) \(count) of \(reading.devices) devices: at least \(Self.text(least)) of them, where "
                    + "\(Self.text(failedShare)) may be"
            )
        }
        return nil
    }

    /// What shared choices say; `nil` where the candidate may go on.
    ///
    /// Its interval of NDCG@10 must lie below the current version's or the hold-out's, over choices that were made at the same time.
    func verdict(on quality: ModelQuality) -> CandidateVerdict? {
        guard let candidate = quality.sums(.candidate), candidate.devices >= leastDevices else { return nil }
        let own = candidate.gain(errors: Self.errors)
        for (role, name) in [(ModelQuality.Role.current, "the current version's"), (.holdout, "the hold-out's")] {
            guard let other = quality.sums(role), other.devices >= leastDevices else { continue }
            let better = other.gain(errors: Self.errors)
            guard own.upper < better.lower else { continue }
            return CandidateVerdict(
                ground: .quality,
                reason:
                    "NDCG@10 is \(Self.text(own)) over \(candidate.devices) devices, \(name) \(Self.text(better)) over "
                    + "\(other.devices) (99.9 % intervals)"
            )
        }
        return nil
    }

    private static func text(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

    private static func text(_ interval: MeanInterval) -> String {
        String(format: "%.4f (%.4f to %.4f)", interval.mean, interval.lower, interval.upper)
    }
}
