import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire

/// Letting a larger model in the cloud answer where it pays.
extension PersonalModel {
    /// What a model makes of an input, and which model it was.
    public struct Answer: Sendable, Equatable {
        /// Logits of classes or values of a regression, in the order of ``PersonalModel/outputNames``.
        public let outputs: [Float]
        /// The classes, the likeliest first; empty where the model predicts values.
        public let classes: [ClassProbability]
        /// Whose answer it is.
        public let source: Source
        /// Why the cloud, which was asked, did not answer; `nil` where it was not asked, or did.
        public let failure: ClientError?

        /// A model that answers.
        public enum Source: Sendable, Equatable {
            /// The one on this device.
            case device
            /// The larger one in the cloud.
            case cloud
        }
    }

    /// What the device's model makes of an input, or the larger model in the cloud, where ``Configuration/deferral`` allows that and
    /// the device's answer is foreseen not to do.
    ///
    /// ```swift
    /// configuration.deferral = .init(budget: 0.2)
    /// let answer = try await model.answer(reading)
    /// show(answer.classes[0].name, isFromCloud: answer.source == .cloud)
    /// ```
    ///
    /// Where the cloud does not answer in time, offline, or has no such model, the answer is the device's, and the cloud is not asked
    /// again for as long as ``Configuration/backOff`` says.
    ///
    /// - Parameters:
    ///   - input: As for ``outputs(of:)``.
    ///   - cloudInput: The same as the cloud's model reads it, where that reads more; `nil` for `input`.
    /// - Throws: ``ClientError/invalidInput(reason:)``, as ``outputs(of:)``.
    public func answer(_ input: [Float], sending cloudInput: [Float]? = nil) async throws(ClientError) -> Answer {
        let own = try outputs(of: input)
        // Those of the version that is asked: another may be in use when the answer comes.
        let names = try? base.kind.classNames(of: base.manifest.name)
        func answer(_ outputs: [Float], _ source: Answer.Source, _ failure: ClientError? = nil) -> Answer {
            let classes = names.map { Self.classes(outputs, $0) } ?? []
            return Answer(outputs: outputs, classes: classes, source: source, failure: failure)
        }
        guard isWorthSending(input, own) else { return answer(own, .device) }
        let request = AnswerRequest(
            version: base.manifest.version,
            input: cloudInput ?? (try? base.device.completed(input)) ?? input,
            nonce: freshID()
        )
        do {
            let outputs = try await cloudOutputs(request, count: own.count)
            deferralState.succeed()
            return answer(outputs, .cloud)
        } catch {
            let wait = (error as? ServiceRefusal)?.wait
            deferralState.fail(wait, configuration.backOff, at: configuration.time.uptime())
            return answer(own, .device, ClientError(error))
        }
    }

    private func isWorthSending(_ input: [Float], _ outputs: [Float]) -> Bool {
        let deferral = configuration.deferral
        guard deferral.budget > 0, let switcher = base.switcher, let sample = try? base.device.sample(of: input) else {
            return false
        }
        let uptime = configuration.time.uptime()
        return deferralState.isDue(switcher, sample: sample, outputs: outputs, deferral, at: uptime)
    }

    private func cloudOutputs(_ request: AnswerRequest, count: Int) async throws -> [Float] {
        let (name, timeout) = (base.manifest.name, configuration.deferral.timeout / .seconds(1))
        let (body, signature) = try await service.answer(request, timeout: timeout)
        try configuration.trust.check(body, signature, as: .answer)
        func unusable(_ reason: String) -> ClientError { .unusable(what: "the answer", reason: reason) }
        guard let answer = try? JSONDecoder().decode(CloudAnswer.self, from: body) else {
            throw unusable("it is no answer in JSON")
        }
        guard answer.model == name else { throw unusable("it is of the model '\(answer.model)'") }
        guard answer.version == request.version else { throw unusable("it is for the version \(answer.version)") }
        guard answer.nonce == request.nonce else { throw unusable("it answers another request; the nonce is not ours") }
        guard answer.outputs.count == count, answer.outputs.allSatisfy(\.isFinite) else {
            throw unusable("it has \(answer.outputs.count) outputs, the model has \(count) finite ones")
        }
        return answer.outputs
    }
}
