import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire

extension PersonalModel {
    /// What is sent for new weights, and what is noted of the samples in it.
    struct Question {
        let message: ParametersRequest
        let lastSample: String?
        let behind: [Float]?
    }

    /// The question to ask; `nil` where no sample is known, or this version has no generator or none that helps.
    ///
    /// - Throws: As ``sent(_:of:)``.
    func question() throws -> Question? {
        let recent = samples.known(last: base.generatorWindow)
        guard !recent.isEmpty, mayWeightsHelp else { return nil }
        var message = ParametersRequest(
            version: base.manifest.version,
            format: configuration.payload,
            nonce: freshID()
        )
        let embeddings = base.embeddings(of: recent)
        // Anchors are chosen among what is sent, so that the choice tells no more than that does.
        base.kind.write(recent, try sent(embeddings, of: recent), as: configuration.upload, to: &message)
        message.dropOldestBeyondLimit()
        return Question(message: message, lastSample: samples.events.last?.id, behind: BaseModel.mean(embeddings))
    }

    /// Checks an answer, swaps its weights in and stores it.
    func adopt(_ body: Data, signature: String?, to question: Question) throws {
        let record = StoredParameters.Record(
            version: base.manifest.version,
            nonce: question.message.nonce,
            signature: signature,
            received: configuration.time.now(),
            lastSample: question.lastSample,
            behind: question.behind
        )
        let set = StoredParameters(record: record, payload: body)
        try install(set)
        keep(set)
    }

    /// Takes up the newest stored weights that fit the version in use.
    func restoreParameters(_ notices: inout [ClientError]) {
        parameters = nil
        let (sets, damaged) = folder.personalSets()
        notices += damaged.map { .storage(reason: "personal weights \($0) are damaged and were set aside") }
        for set in sets where set.record.version == base.manifest.version {
            do {
                return try install(set)
            } catch {
                notices.append(ClientError(error))
            }
        }
    }

    /// Checks weights and swaps them in; where they are refused, those before stay.
    func install(_ set: StoredParameters) throws {
        let check = ParametersCheck(
            trust: configuration.trust,
            model: base.manifest.name,
            version: base.manifest.version,
            graph: base.device.graph,
            globalNorms: base.globalNorms,
            normBound: configuration.normBound,
            limit: configuration.limits.parametersBytes
        )
        let weights: Weights
        var (lifetime, code): (Duration?, [Float]?)
        if set.record.isCode == true {
            let learned = try check.learnedCode(in: set.payload, base.basis)
            (weights, code) = (learned.weights, learned.code)
        } else if set.record.isLearned == true {
            weights = try check.learnedWeights(in: set.payload)
        } else {
            let record = set.record
            let answer = try check.weights(in: set.payload, signature: record.signature, nonce: record.nonce)
            (weights, lifetime) = (answer.weights, .seconds(answer.metadata.expires - answer.metadata.generated))
        }
        // A clock that was set back since makes nothing younger than new.
        let (seconds, overflow) = configuration.time.now().subtractingReportingOverflow(set.record.received)
        let active = ActiveParameters(
            lastSample: set.record.lastSample,
            behind: set.record.behind,
            code: code,
            lifetime: lifetime,
            ageWhenLoaded: .seconds(overflow ? 0 : max(0, seconds)),
            loaded: configuration.time.uptime()
        )
        do {
            try base.device.personalize(weights)
        } catch {
            throw ClientError.unusable(what: "the parameters", reason: error.description)
        }
        parameters = active
        useBetterWeights()
    }

    /// Stores weights for the next launch; where the disk refuses, they are used until this one ends.
    func keep(_ set: StoredParameters) {
        do {
            try folder.keep(set)
        } catch {
            observers.tell(.notice(.disk(error)))
        }
    }
}
