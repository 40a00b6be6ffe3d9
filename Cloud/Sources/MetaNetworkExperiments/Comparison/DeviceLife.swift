import MetaNetworkData
import MetaNetworkTraining

/// How a method's test users live as devices with the SDK, over HTTP, where it is not ranked for in one process.
package struct DeviceLife: Codable, Sendable, Equatable {
    /// When devices refresh, by the policy's name: `every-20`.
    package var policy: String
    /// Maximum number of devices: users of the test part, the same for all methods and seeds.
    package var count: Int
    /// Share of the time that a device is offline.
    package var offline: Double
    /// Share of the requests that are lost.
    package var packetLoss: Double
    /// Whether devices compare personal weights with the base model on what users choose.
    package var isGuarded: Bool
    /// Whether personal weights retire at the age up to which the bundle says that they help.
    package var retires: Bool

    package init(
        policy: String,
        count: Int,
        offline: Double = 0,
        packetLoss: Double = 0,
        isGuarded: Bool = true,
        retires: Bool = true
    ) {
        (self.policy, self.count, self.offline, self.packetLoss) = (policy, count, offline, packetLoss)
        (self.isGuarded, self.retires) = (isGuarded, retires)
    }
}

/// Devices with the SDK that live with models which are served over HTTP.
package protocol LivingDevices {
    /// Serves a model to test users who live as devices.
    func lived(_ trained: TrainedModel, _ life: DeviceLife) async throws -> LivedDevices

    /// Serves a device's model with a larger one, which answers a share of the devices' inputs.
    func answered(_ pair: ServedPair) async throws -> LivedDevices

    /// Serves a device's model whose images change, while the cloud adapts it.
    func adapted(_ world: ServedWorld) async throws -> LivedDevices
}

/// What devices saw.
package struct LivedDevices {
    /// What they ranked.
    package let scores: Scores
    /// What that cost a device, by the names of ``MeasuredMethod/cost``.
    package let cost: [String: Double]
    /// Shares of the rankings by metric: with personal weights, and with the base model where the guard or the weights' age said so.
    package let shares: [String: Double]

    package init(scores: Scores, cost: [String: Double], shares: [String: Double]) {
        (self.scores, self.cost, self.shares) = (scores, cost, shares)
    }
}
