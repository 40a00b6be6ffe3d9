import MetaNetwork
import MetaNetworkData
import Torch

/// A generator at the server, and clients that tell its images from their own.
final class SplitFederation {
    let generator: LayerChain
    let clients: [SplitClient]
    private let optimizer: Adam

    /// - Parameters:
    ///   - networks: What generates and discriminates.
    ///   - placements: The devices of each client's parts.
    ///   - rate: Step size of Adam.
    init(
        _ networks: ImageNetworks,
        placements: [(client: Int, devices: [Int])],
        rate: Double,
        _ sources: Sources
    ) throws(TorchError) {
        var random = sources.source(.weights, networks.parts.count)
        generator = try LayerChain(networks.generator, random: &random)
        optimizer = try Adam(generator.parameters, learningRate: rate, clipNorm: .infinity)
        var clients: [SplitClient] = []
        for (client, devices) in placements {
            clients.append(try SplitClient(client, networks, placement: devices, rate: rate, sources))
        }
        self.clients = clients
    }

    /// What clients learn a step from.
    struct Step {
        let number: Int
        /// What images are made of, [fakes, latent].
        let latent: Tensor
        /// Images of each client, [rows, pixels].
        let real: [Tensor]
    }

    /// Collects all gradients. The generator's go through the discriminators as they were before the step, added up over clients.
    ///
    /// - Returns: The losses of discriminators and generator, means over the clients.
    func gradients(_ step: Step, _ exchange: inout StepExchange) throws(TorchError) -> (own: Double, generator: Double)
    {
        let images = try generator(step.latent, .learning { _ in 0 })
        var sum: Tensor?
        var losses = (own: 0.0, generator: 0.0)
        for (client, real) in zip(clients, step.real) {
            let fakes = try exchange.sent(images, .down)
            let found = try client.gradients(real: real, fakes: fakes, step: step.number, &exchange)
            let gradient = try exchange.sent(found.gradient, .up)
            sum = if let before = sum { try before + gradient } else { gradient }
            losses.own += Double(found.loss) / Double(clients.count)
            losses.generator += Double(found.generatorLoss) / Double(clients.count)
        }
        if let sum { try images.backward(from: sum) }
        return losses
    }

    /// Takes a step everywhere.
    ///
    /// - Returns: Whether all gradients were finite.
    func takeStep() throws(TorchError) -> Bool {
        var isFinite = try optimizer.takeStep().isFinite
        for client in clients where try !client.takeStep() { isFinite = false }
        return isFinite
    }

    /// Gives all clients the mean of their parts, each client counting alike; moments stay as they are.
    ///
    /// - Returns: Parameters of a client.
    func average(_ exchange: inout StepExchange) throws(TorchError) -> Int {
        var count = 0
        for part in clients[0].parts.indices {
            var values: [[Float]] = []
            for client in clients { values.append(try client.parts[part].values()) }
            let mean = Parameters.mean(values)
            for client in clients {
                try client.parts[part].assign(mean)
                exchange.count(mean.count, .up)
                exchange.count(mean.count, .down)
            }
            count += mean.count
        }
        return count
    }

    /// The gradients that were collected: of the generator, then of each client's parts.
    func collected() throws(TorchError) -> [[Float]] {
        var gradients = [try generator.gradients()]
        for client in clients { for part in client.parts { gradients.append(try part.gradients()) } }
        return gradients
    }
}
