import Foundation
import MetaNetwork

extension PersonalModel {
    /// Asks for new weights now, whatever the policy says, or waits for the refresh that runs already.
    ///
    /// Without a sample that the model knows, or where weights were measured to help at no age, it looks for a new version of the model
    /// instead. A new version that waits for a network without Low Data Mode is no error, see ``State/waiting(_:)``.
    ///
    /// - Throws: ``ClientError``; what was in use stays in use.
    public func refresh() async throws {
        while let task = refreshState.task {
            if refreshState.isAsking { return try await task.value }
            _ = await task.result  // samples are being shared; ask after that
        }
        let wait = refreshState.wait(at: configuration.time.uptime())
        guard wait <= .zero else { throw ClientError.retryLater(seconds: Int(wait.components.seconds) + 1) }
        try await startRefresh(asking: true).value
    }

    /// Waits until no refresh runs in the background, whether it succeeded or not: for an app that is about to be suspended,
    /// and for tests. A pause after a failure is not waited for.
    public func waitUntilIdle() async {
        while let task = refreshState.task { _ = await task.result }
    }

    /// Starts a refresh in the background if it is due and may be.
    func considerRefresh() {
        guard refreshState.mayBegin(at: configuration.time.uptime()) else { return }
        guard configuration.refreshesInLowPowerMode || !configuration.isInLowPowerMode() else { return }
        let asking = areParametersDue
        let uptime = configuration.time.uptime()
        let sharing = outbox.isDue && refreshState.mayShare(at: uptime)
        if asking || sharing || !forgotten.isEmpty { _ = startRefresh(asking: asking) }
    }

    private var areParametersDue: Bool {
        let recent = samples.known(last: base.generatorWindow)
        guard !recent.isEmpty else { return false }
        let uptime = configuration.time.uptime()
        guard mayWeightsHelp else { return refreshState.isVersionDue(at: uptime) }
        guard refreshState.mayAsk(at: uptime) else { return false }
        if let parameters, parameters.isExpired(at: uptime) { return true }
        return isPolicyDue(recent)
    }

    /// Starts the background's work: asking for weights, where that is due, and sharing samples.
    private func startRefresh(asking: Bool) -> Task<Void, any Error> {
        let task = Task { try await self.runRefresh() }
        refreshState.begin(task, isAsking: asking)
        if asking { observers.tell(.refreshing) }
        return task
    }

    private func runRefresh() async throws {
        do {
            if refreshState.isAsking { try await askForParameters() }
            refreshState.clearFailure()
            try await deleteForgotten()
            try await shareSamples()
            refreshState.succeed()
            tellState()
            considerRefresh()  // samples may have come meanwhile
        } catch {
            let reason = ClientError(error)
            if reason == .forgotten {
                refreshState.abandon()
            } else {
                retryLater(reason, (error as? ServiceRefusal)?.wait)
            }
            tellState()
            if reason == .forgotten { considerRefresh() }
            throw reason
        }
    }

    /// Plans the next try.
    private func retryLater(_ reason: ClientError, _ wait: Int?) {
        let time = configuration.time
        let delay = refreshState.fail(reason, wait: wait, configuration.backOff, at: time.uptime())
        let waiting = Task { [weak self] in
            guard (try? await time.sleep(for: delay)) != nil else { return }
            await self?.considerRefresh()
        }
        refreshState.retry(by: waiting)
    }

    /// Gets weights for the recent samples; where the version is gone, changes to the current one and asks again, once.
    private func askForParameters() async throws {
        let epoch = refreshState.epoch
        let isVersionChecked = try await checkVersion()
        for mayChangeVersion in [true, false] {
            guard let question = try question() else {
                if !isVersionChecked { try await updateBase() }
                return
            }
            let answer = try await service.parameters(question.message)
            guard epoch == refreshState.epoch else { throw ClientError.forgotten }
            switch answer {
            case .generated(let body, let signature):
                return try adopt(body, signature: signature, to: question)
            case .versionGone:
                let hasWaited = isVersionChecked && refreshState.deferred != nil
                if mayChangeVersion, !hasWaited { try await updateBase() }
                // As long as the current version waits for another network there is nothing to ask for.
                guard refreshState.deferred == nil else { return pauseAsking() }
            }
        }
        throw ClientError.refused(
            status: 409,
            detail: "the service has no weights for the version that it calls its current one",
            fix: nil
        )
    }

    /// Has nobody but the app itself ask for weights for an hour.
    private func pauseAsking() {
        refreshState.pauseAsking(until: configuration.time.uptime() + .seconds(3_600))
    }

    /// A word that no other request or sample has.
    func freshID() -> String { UUID().uuidString.lowercased() }
}
