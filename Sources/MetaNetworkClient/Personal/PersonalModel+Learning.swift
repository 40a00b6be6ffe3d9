import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire

/// Learning from labels, on the device alone.
extension PersonalModel {
    /// Learns the model's dynamic layers from inputs that somebody labelled, for example the user who corrected an answer. Where the
    /// version has a basis, it learns the few values that the layers are made of, and stores no more than those. Nothing
    /// of it leaves the device, but the code where ``Configuration/sharesCode`` allows that, and nothing is learned unless the app calls
    /// this.
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
    ///   the model cannot read, a model that ranks items, which learns without examples, and one that cannot be learned on a device: it has no
    ///   dynamic layer, or another node behind one than `Solver` knows. ``ClientError/unusable(what:reason:)`` where the weights came to exceed
    ///   ``Configuration/normBound``; ``ClientError/forgotten``; `CancellationError`. What was in use stays in use.
    public func learn(
        _ examples: [LabelledInput],
        budget: LearningBudget = LearningBudget(),
        learningRate: Double = 0.01
    ) async throws -> LearningReport {
        try await learn(base.kind.lesson(of: examples, base.manifest.name), budget, learningRate)
    }

    /// Learns the dynamic layers of a model that ranks items from what its user chose: each of the last recorded samples is an example, with
    /// the samples before it, and is compared with other items. No label is needed, and nothing leaves the device, but the
    /// code where ``Configuration/sharesCode`` allows that.
    ///
    /// ```swift
    /// let report = try await model.learn()
    /// if report.verdict == .used { show("learned from what you chose") }
    /// ```
    ///
    /// As many choices are learned from as the service's generator reads samples, ``mostChoices`` where there is none. The loss is the one
    /// that the cloud chooses for such a model: cross-entropy over the catalogue, over 1,024 items of a catalogue of more than 20,000, or
    /// binary cross-entropy against four items that the user did not choose where scoring an item takes whole layers. What is drawn follows
    /// from the version of the model and the last sample. Each choice is learned in its own moment and else in the context that is set, see
    /// ``setContext(_:)``. What is better on each fourth choice, of 8 or more, answers, as for
    /// ``learn(_:budget:learningRate:)``.
    ///
    /// - Parameters:
    ///   - budget: Where to stop, with what was learned until then.
    ///   - learningRate: Adam's step size; what validation chooses for most shipped rankers.
    /// - Throws: As ``learn(_:budget:learningRate:)``; ``ClientError/invalidInput(reason:)`` also where fewer than two samples are recorded
    ///   that the model knows, and for a model over vectors, which learns from labels.
    public func learn(
        budget: LearningBudget = LearningBudget(),
        learningRate: Double = 3e-4
    ) async throws -> LearningReport {
        let limit = base.generatorWindow > 0 ? base.generatorWindow : Self.mostChoices
        let graph = base.device.graph
        let known = samples.known(last: limit + graph.window)
        let lesson = try base.kind.lesson(
            ofSamples: known,
            contexts: contexts(of: known),
            limit: limit,
            graph,
            seed: lessonSeed
        )
        return try await learn(lesson, budget, learningRate)
    }

    /// Choices that a ranking learns from where the service has no generator.
    public static let mostChoices = 50

    /// The same for the same version and the same samples: FNV-1a of both.
    private var lessonSeed: UInt64 {
        (base.manifest.version + (samples.events.last?.id ?? "")).utf8.reduce(0xCBF2_9CE4_8422_2325) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
    }

    private func learn(
        _ lesson: any Lesson,
        _ budget: LearningBudget,
        _ learningRate: Double
    ) async throws -> LearningReport {
        retireWhenPast()
        let run = LearningRun(
            lesson: lesson,
            budget: try budget.bounded(),
            learningRate: learningRate,
            code: base.basis.map { LessonCode(basis: $0, start: parameters?.code) },
            memoryLimit: configuration.limits.memoryBytes,
            time: configuration.time
        )
        let (epoch, changes) = (refreshState.epoch, parametersChanges)
        let learned = try await run.run(base.device.copyInUse())
        guard epoch == refreshState.epoch else { throw ClientError.forgotten }
        guard learned.isBetter else { return learned.report(.noBetter) }
        guard changes == parametersChanges else { return learned.report(.outdated) }
        try adopt(learned)
        tellState()
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
        if let code = learned.code { share(code) }
    }
}
