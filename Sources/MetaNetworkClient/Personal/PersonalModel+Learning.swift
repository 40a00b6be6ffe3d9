import Foundation
import MetaNetwork
import MetaNetworkDevice

/// Learning from labels, on the device alone.
extension PersonalModel {
    /// Learns the model's dynamic layers from inputs that somebody labelled, for example the user who corrected an answer. Where the
    /// version has a basis, it learns the few values that the layers are made of, and stores no more than those. Nothing of it leaves the device, and nothing is learned unless the app calls this.
    ///
    /// ```swift
    /// let examples = corrections.map { LabelledInput($0.reading, label: $0.gesture) }
    /// let report = try await model.learn(examples)
    /// if report.verdict == .used { show("learned from \(examples.count) corrections") }
    /// ```
    ///
    /// It starts from the weights in use, takes Adam steps along the gradients of all examples, and compares what it learned with where it
    /// started: on each fourth example, which it did not learn from, where there are 8 or more. What is better answers as personal weights
    /// do, until the service sends others, the version of the model changes or ``forget()`` is called; it is kept over launches. Learned
    /// weights are past no age that was measured of generated ones (``RetireAfter/measured``), and do not expire. The model answers
    /// meanwhile.
    ///
    /// - Parameters:
    ///   - examples: In any order, each fourth one typical of all.
    ///   - budget: Where to stop, with what was learned until then.
    ///   - learningRate: Adam's step size.
    /// - Throws: ``ClientError/invalidInput(reason:)`` for a budget of 0, no examples, a label that is none of the classes, an input that
    ///   the model cannot read, and a model that cannot be learned on a device: one that ranks items, has no dynamic layer, or has another
    ///   node behind one than `Solver` knows. ``ClientError/unusable(what:reason:)`` where the weights came to exceed
    ///   ``Configuration/normBound``; ``ClientError/forgotten``; `CancellationError`. What was in use stays in use.
    public func learn(
        _ examples: [LabelledInput],
        budget: LearningBudget = LearningBudget(),
        learningRate: Double = 0.01
    ) async throws -> LearningReport {
        retireWhenPast()
        let run = LearningRun(
            inputs: examples.map(\.input),
            targets: try base.kind.targets(of: examples, base.manifest.name),
            budget: try budget.bounded(),
            learningRate: learningRate,
            basis: base.basis,
            code: parameters?.code,
            memoryLimit: configuration.limits.memoryBytes,
            time: configuration.time
        )
        let (epoch, changes) = (refreshState.epoch, parametersChanges)
        let learned = try await run.run(base.device.copyInUse())
        guard epoch == refreshState.epoch else { throw ClientError.forgotten }
        guard learned.isBetter else { return learned.report(.noBetter) }
        guard changes == parametersChanges else { return learned.report(.outdated) }
        try adopt(learned)
        observers.tell(state)
        return learned.report(.used)
    }

    /// Swaps in what was learned, and stores it.
    private func adopt(_ learned: LearningRun.Learned) throws {
        let record = StoredParameters.Record(
            version: base.manifest.version,
            nonce: "",
            received: configuration.time.now(),
            lastSample: samples.events.last?.id,
            behind: BaseModel.mean(base.embeddings(of: samples.known(last: base.generatorWindow))),
            isLearned: true,
            isCode: learned.code.map { _ in true }
        )
        let payload = try learned.code?.littleEndian ?? Data(SafeTensors.encode(learned.weights))
        let set = StoredParameters(record: record, payload: payload)
        try install(set)
        keep(set)
    }
}
