import MetaNetworkData

/// Differential privacy of whole devices towards whoever sees models: the updates of a round are clipped to a norm, and Gaussian noise is
/// added to their sum (McMahan et al. 2018, arXiv 1710.06963).
///
/// The coordinator adds the noise, so that it must be trusted: it sees each update as it is. Whoever sees the models, all of them, learns of
/// any one device no more than ``PrivacyAccountant`` says, whatever examples that one has. Three things make that so:
///
/// - Every device counts alike, since weights by examples let a device's number of examples move the sum without a bound.
/// - A round asks each device with a probability of its own (``PrivacyAccountant/samplingRate``), so the number of devices in a round varies.
/// - The sum is divided by the *expected* number of devices, since the real one depends on who is there.
///
/// So a device changes a sum by at most ``clip``. Whether one answers, drops out, or is refused must not depend on other devices.
public struct DevicePrivacy: Sendable, Equatable {
    /// The largest norm of an update, S; a longer one is made that long.
    public let clip: Double
    /// Standard deviation of the noise of each value of the sum, over ``clip``: σ.
    public let noise: Double
    /// δ: the probability that the promise does not hold, at most. It should be well below 1 over the number of devices.
    public let delta: Double
    /// Seed of the noise. Who knows it can take the noise away: a promise to others needs one that nobody knows, and a simulation says what
    /// such a promise would be.
    public let seed: UInt64

    /// - Throws: ``FederatedError`` where the norm is not above 0, or the noise is neither 0 nor at least
    ///   ``PrivacyAccountant/leastNoise``, or δ is not between 0 and 1.
    public init(clip: Double, noise: Double, delta: Double, seed: UInt64) throws(FederatedError) {
        guard clip > 0, clip.isFinite else {
            throw FederatedError("clip is \(clip); give the largest norm that an update keeps, a number above 0")
        }
        guard noise == 0 || noise >= PrivacyAccountant.leastNoise, noise.isFinite else {
            throw FederatedError(
                "noise is \(noise); it is a multiple of clip, 0 for none or at least \(PrivacyAccountant.leastNoise): less protects nobody"
            )
        }
        guard delta > 0, delta < 1 else {
            throw FederatedError(
                "delta is \(delta); give a probability above 0, well below 1 over the number of devices"
            )
        }
        (self.clip, self.noise, self.delta, self.seed) = (clip, noise, delta, seed)
    }

    /// What an update is multiplied by, so that it is no longer than ``clip``.
    func scale(of update: [Float]) -> Double {
        let norm = Parameters.dot(update, update).squareRoot()
        return norm > clip ? clip / norm : 1
    }

    /// The clipped updates of a round, added up with their noise and divided by the expected number of devices.
    ///
    /// - Parameters:
    ///   - updates: Finite ones; there may be none.
    ///   - count: Values of an update.
    ///   - expected: Number of devices that a round has on average.
    ///   - version: How many models were made before.
    func mean(of updates: [[Float]], count: Int, expected: Int, version: Int) -> [Float] {
        var random = Sources(seed: seed).source(.noise, version)
        let deviation = noise * clip
        var sums = (0..<count).map { _ in noise > 0 ? deviation * random.preciseNormal() : 0 }
        for update in updates {
            // In double precision, as rounding a clipped update may make it longer than it may be.
            let scale = scale(of: update)
            for place in sums.indices { sums[place] += scale * Double(update[place]) }
        }
        return sums.map { Float($0 / Double(expected)) }
    }
}
