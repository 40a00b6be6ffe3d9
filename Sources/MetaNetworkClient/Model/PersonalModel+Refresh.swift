import Foundation
import MetaNetwork

extension PersonalModel {
    /// Asks for new weights now, whatever the policy says, or waits for the refresh that runs already.
    ///
    /// Without a sample that the model knows it looks for a new version of the model instead.
    ///
    /// - Throws: ``ClientError``; what was in use stays in use.
    public func refresh() async throws {
        while let refreshing {
            if isAsking { return try await refreshing.value }
            _ = await refreshing.result  // samples are being shared; ask after that
        }
        let wait = schedule.asked - configuration.time.uptime()
        guard wait <= .zero else { throw ClientError.retryLater(seconds: Int(wait.components.seconds) + 1) }
        try await startRefresh(asking: true).value
    }

    /// Waits until the background has nothing to do, whether it succeeded or not: for an app that is about to be suspended, and
    /// for tests. A pause after a failure is not waited for.
    public func settle() async {
        while let refreshing { _ = await refreshing.result }
    }

    /// Starts a refresh in the background if it is due and may be.
    func considerRefresh() {
        guard refreshing == nil, configuration.time.uptime() >= schedule.notBefore else { return }
        let asking = areParametersDue
        if asking || outbox.events.count >= Outbox.batch || !forgotten.isEmpty { _ = startRefresh(asking: asking) }
    }

    private var areParametersDue: Bool {
        let recent = samples.known(last: base.generatorWindow)
        guard !recent.isEmpty else { return false }
        let uptime = configuration.time.uptime()
        if let parameters, parameters.isExpired(at: uptime) { return true }
        let situation = RefreshSituation(
            samples: samples.count(after: parameters?.lastSample),
            age: parameters?.age(at: uptime),
            recent: BaseModel.mean(base.embeddings(of: recent)),
            behind: parameters?.behind
        )
        return configuration.policy.isDue(situation)
    }

    /// Starts the background's work: asking for weights, where that is due, and sharing samples.
    private func startRefresh(asking: Bool) -> Task<Void, any Error> {
        waiting?.cancel()
        waiting = nil
        let task = Task { try await self.runRefresh() }
        refreshing = task
        isAsking = asking
        if asking { observers.tell(.refreshing) }
        return task
    }

    private func runRefresh() async throws {
        do {
            if isAsking { try await askForParameters() }
            failure = nil
            try await deleteForgotten()
            try await shareSamples()
            schedule.succeed()
            refreshing = nil
            observers.tell(state)
            considerRefresh()  // samples may have come meanwhile
        } catch {
            let reason = ClientError(error)
            refreshing = nil
            if reason != .forgotten {
                failure = reason
                retryLater((error as? ServiceRefusal)?.wait)
            }
            observers.tell(state)
            if reason == .forgotten { considerRefresh() }
            throw reason
        }
    }

    /// Plans the next try.
    private func retryLater(_ wait: Int?) {
        let time = configuration.time
        let delay = schedule.fail(configuration.backOff, asking: wait, at: time.uptime())
        waiting = Task { [weak self] in
            guard (try? await time.sleep(for: delay)) != nil else { return }
            await self?.considerRefresh()
        }
    }

    /// Gets weights for the recent samples; where the version is gone, changes to the current one and asks again, once.
    private func askForParameters() async throws {
        let epoch = epoch
        let isVersionChecked = try await checkVersion()
        for mayChangeVersion in [true, false] {
            guard let question = question() else {
                if !isVersionChecked { try await updateBase() }
                return
            }
            let answer = try await service.parameters(question.message)
            guard epoch == self.epoch else { throw ClientError.forgotten }
            switch answer {
            case .generated(let body, let signature):
                return try adopt(body, signature: signature, to: question)
            case .versionGone:
                guard mayChangeVersion else { break }
                try await updateBase()
            }
        }
        throw ClientError.refused(
            status: 409,
            detail: "the service has no weights for the version that it calls its current one",
            fix: nil
        )
    }

    /// Changes to the current version now and then, so that a version that is rolled out step by step arrives although the one
    /// before is still served. One that cannot be used must not keep the device from weights for its own.
    ///
    /// - Returns: Whether it was time to ask.
    private func checkVersion() async throws -> Bool {
        let uptime = configuration.time.uptime()
        if let versionChecked, uptime - versionChecked < configuration.versionInterval { return false }
        do {
            try await updateBase()
        } catch {
            switch ClientError(error) {
            case .untrusted, .unusable: observers.tell(.notice(ClientError(error)))
            default: throw error
            }
        }
        return true
    }

    /// Changes to the service's current version if it is another.
    private func updateBase() async throws {
        versionChecked = configuration.time.uptime()
        var notices: [ClientError] = []
        let fresh = try await source.update(from: base.digest, entityTag: base.entityTag, &notices)
        if let fresh {
            base = fresh
            readSamples()
            restoreParameters(&notices)
        }
        for notice in notices { observers.tell(.notice(notice)) }
    }

    /// Has the service delete what was shared before everything was forgotten.
    private func deleteForgotten() async throws {
        while let id = forgotten.first {
            try await service.deleteEvents(of: id)
            forgotten.removeAll { $0 == id }
            do {
                try folder.write(forgotten: forgotten)
            } catch {
                observers.tell(.notice(.disk(error)))
            }
        }
    }

    /// Sends the samples that may be shared, batch by batch.
    private func shareSamples() async throws {
        while case let batch = outbox.nextBatch, !batch.isEmpty {
            // A disk that refuses this note keeps no device's id either: the samples are nobody's once the app ends.
            try? folder.noteSharing()
            do {
                try await service.share(batch)
            } catch let refusal as ServiceRefusal {
                // The service will never take these: keeping them would hold up all that follow.
                guard case .refused(let status, _, _) = refusal.error, [400, 422].contains(status) else {
                    throw refusal
                }
                observers.tell(.notice(refusal.error))
            }
            do {
                try outbox.remove(batch)
            } catch {
                observers.tell(.notice(.disk(error)))
            }
        }
    }

    /// A word that no other request or sample has.
    func freshID() -> String { UUID().uuidString.lowercased() }
}
