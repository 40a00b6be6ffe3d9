import Foundation
import MetaNetwork
import MetaNetworkData

/// FOLB's distribution (arXiv 2007.13137): a device is drawn the likelier the more it matters for the loss of all.
extension Coordinator {
    /// Devices drawn one after the other with P_k ∝ |⟨∇f, g_k⟩|, ascending.
    ///
    /// ∇f is the mean of all devices' gradients by their examples.
    func drawnByGradient(_ count: Int, of available: [Int], _ random: inout SeededGenerator) throws -> [Int] {
        var work = configuration.work
        (work.epochs, work.wantsGradient) = (0, true)
        let turns = available.map { device in
            WorkerPool.Turn(
                device: device,
                parameters: model,
                work: work,
                random: LocalWork.order(seed: sources.seed, device: device, turn: version)
            )
        }
        let gradients = try cohort.train(turns).map { result in
            guard let gradient = result.gradient else { preconditionFailure("a gradient was asked for") }
            return gradient
        }
        let examples = available.map { Double(data.shards[$0].count) }
        let sum = examples.reduce(0, +)
        var whole = [Float](repeating: 0, count: model.count)
        Parameters.add(zip(examples, gradients).map { ($0 / sum, $1) }, to: &whole)
        let weights = gradients.map { abs(Parameters.dot($0, whole)) }
        return Self.drawn(count, weights: weights, &random).map { available[$0] }.sorted()
    }

    /// Places drawn without putting back, each the likelier the larger its weight (Efraimidis and Spirakis 2006: the largest of u^(1/w)).
    static func drawn(_ count: Int, weights: [Double], _ random: inout SeededGenerator) -> [Int] {
        let keys = weights.map { weight -> Double in
            let uniform = 1 - Double(random.uniform())
            return weight > 0 ? log(uniform) / weight : -.infinity
        }
        return Array(keys.indices.sorted { (keys[$1], $0) < (keys[$0], $1) }.prefix(count))
    }
}
