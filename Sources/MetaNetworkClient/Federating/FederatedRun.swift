import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire

/// A device's turn in a round: learns all of the round's model, and writes what it learned in few bytes.
struct FederatedRun: Sendable {
    let turn: FederatedTurn
    let examples: [LabelledInput]
    let memoryLimit: Int

    /// What came of it.
    struct Learned: Sendable {
        let update: FederatedUpdate
        /// What the codec left out.
        let residual: [Float]
        let steps: Int
        let loss: Double
    }

    /// Learns. Off all actors; between two steps others have their turn.
    ///
    /// - Parameters:
    ///   - body: The round's model, as it came.
    ///   - residual: What was left out of the updates before; `nil` where there were none.
    /// - Throws: ``ClientError/invalidInput(reason:)`` where the examples cannot be learned; ``ClientError/unusable(what:reason:)`` where
    ///   the model cannot, or training comes to no finite numbers; `CancellationError`.
    func run(_ body: Data, residual: [Float]?) async throws -> Learned {
        let (start, graph) = try parameters(in: body)
        let targets = try turn.outputs.targets(of: examples, turn.model)
        var training: LocalTraining
        do {
            training = try LocalTraining(
                graph.architecture,
                start,
                inputs: examples.map(\.input),
                targets: targets,
                turn.work,
                random: LocalWork.order(seed: turn.seed, device: turn.device, turn: turn.round),
                memoryLimit: memoryLimit,
                shouldStop: { Task.isCancelled }
            )
        } catch .stopped {
            throw CancellationError()
        } catch {
            throw ClientError.invalidInput(reason: error.description)
        }
        while training.step() {
            await Task.yield()
            try Task.checkCancellation()
        }
        var whole = training.update
        guard training.isComplete, whole.allSatisfy(\.isFinite), training.gradient?.allSatisfy(\.isFinite) != false
        else {
            throw unusable("learning from it came to no finite numbers; a smaller step size of the federation may help")
        }
        if turn.usesErrorFeedback, let residual, residual.count == whole.count {
            whole = zip(whole, residual).map { $0 + $1 }
        }
        clip(&whole)
        var random = UpdateCodec.random(
            seed: turn.seed,
            device: turn.device,
            turn: turn.round + 1,
            isUpdate: true
        )
        let encoded = turn.codec.encoded(whole, random: &random)
        let read = (try? UpdateCodec.decoded(encoded, count: whole.count)) ?? whole
        return Learned(
            update: FederatedUpdate(loss: Float(training.loss), encoded: encoded, gradient: training.gradient),
            residual: zip(whole, read).map { $0 - $1 },
            steps: training.steps,
            loss: training.loss
        )
    }

    /// Scales an update down to the largest norm that it may have.
    private func clip(_ update: inout [Float]) {
        guard let bound = turn.clipNorm, bound > 0 else { return }
        let norm = update.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard norm > bound else { return }
        let scale = Float(bound / norm)
        for place in update.indices { update[place] *= scale }
    }

    private func parameters(in body: Data) throws(ClientError) -> (values: [Float], graph: ModelGraph) {
        let graph: ModelGraph
        do { graph = try ModelGraph(turn.architecture) } catch { throw unusable(error.description) }
        let limits = SafeTensorsLimits(
            headerBytes: SafeTensorsLimits.default.headerBytes,
            tensors: SafeTensorsLimits.default.tensors,
            totalBytes: turn.weights.bytes
        )
        let weights: Weights
        do { weights = try SafeTensors.decode([UInt8](body), limits: limits).weights } catch {
            throw unusable(error.description)
        }
        guard let values = graph.values(of: weights) else { throw unusable("its tensors are not those of the turn") }
        guard values.allSatisfy(\.isFinite) else { throw unusable("it has a value that is not finite") }
        return (values, graph)
    }

    private func unusable(_ reason: String) -> ClientError { .unusable(what: "the round's model", reason: reason) }
}
