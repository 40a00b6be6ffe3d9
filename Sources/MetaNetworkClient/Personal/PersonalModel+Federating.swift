import Crypto
import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire

/// Learning one model together with other devices.
extension PersonalModel {
    /// Takes part in rounds of the model's federation: in each the device fetches the round's model, learns all of it from labelled
    /// examples, and sends what changed (FedAvg, arXiv 1602.05629; FedProx, arXiv 1812.06127; FOLB, arXiv 2007.13137). The examples stay on
    /// the device. Nothing is sent unless ``Configuration/sharesUpdates`` says so.
    ///
    /// ```swift
    /// configuration.sharesUpdates = user.agreed
    /// let report = try await model.federate(examples, rounds: 5)
    /// print("took part in \(report.rounds) rounds")
    /// ```
    ///
    /// The model that answers stays as it is: what all learned comes as a new version of the model, as any other does. Where a round has
    /// its devices already, the call waits for the next one. What a codec leaves out of an update is added to the next one of the same call.
    ///
    /// - Parameters:
    ///   - examples: At least one. Their order does not matter; their number is told to the service.
    ///   - rounds: Rounds that the device's update is to count in; the call then returns.
    ///   - seconds: No turn is begun, and none waited for, later than so many seconds after the call.
    /// - Returns: What it came to, also where there was no time for a round or the federation is over.
    /// - Throws: ``ClientError/invalidInput(reason:)`` without consent, without examples, or where they do not fit the federation's model;
    ///   ``ClientError/refused(status:detail:fix:)``, also where the model has no federation; ``ClientError/untrusted(what:reason:)``;
    ///   ``ClientError/unusable(what:reason:)``; ``ClientError/unreachable(reason:)``; ``ClientError/constrainedNetwork`` where a turn
    ///   would begin in Low Data Mode, unless ``Configuration/downloadsInLowDataMode`` always allows it; ``ClientError/forgotten``;
    ///   `CancellationError`.
    public func federate(
        _ examples: [LabelledInput],
        rounds: Int = 1,
        seconds: Double = 600
    ) async throws -> FederationReport {
        guard configuration.sharesUpdates else {
            let reason =
                "nothing that was learned here may be sent; set Configuration.sharesUpdates once your user has agreed"
            throw ClientError.invalidInput(reason: reason)
        }
        guard !examples.isEmpty, rounds > 0, seconds > 0 else {
            let reason =
                "\(examples.count) examples, \(rounds) rounds and \(seconds) seconds allow nothing; give more than 0 of each"
            throw ClientError.invalidInput(reason: reason)
        }
        do {
            return try await takePart(examples, rounds, seconds)
        } catch let refusal as ServiceRefusal {
            throw refusal.error
        }
    }

    private func takePart(
        _ examples: [LabelledInput],
        _ rounds: Int,
        _ seconds: Double
    ) async throws -> FederationReport {
        let (epoch, time) = (refreshState.epoch, configuration.time)
        let deadline = time.uptime() + .seconds(min(seconds, Self.mostSeconds))
        var (report, residual) = (FederationReport(), [Float]?.none)
        while report.rounds < rounds, time.uptime() < deadline {
            guard epoch == refreshState.epoch else { throw ClientError.forgotten }
            let request = FederatedTurnRequest(examples: examples.count, nonce: freshID())
            switch try await service.turn(request) {
            case .over:
                report.isOver = true
                return report
            case .later(let seconds):
                guard time.uptime() + .seconds(seconds) < deadline else { return report }
                try await time.sleep(for: .seconds(seconds))
            case .turn(let body, let signature):
                let turn = try checked(body, signature, request)
                report.device = turn.device
                guard let model = try await model(of: turn) else { continue }
                let run = FederatedRun(
                    turn: turn,
                    examples: examples,
                    memoryLimit: configuration.limits.memoryBytes
                )
                let learned = try await run.run(model, residual: residual)
                guard epoch == refreshState.epoch else { throw ClientError.forgotten }
                let receipt = try await service.send(learned.update, round: turn.round)
                if receipt != nil { residual = learned.residual }
                report.add(learned, counts: receipt != nil)
            }
        }
        return report
    }

    private func checked(
        _ body: Data,
        _ signature: String?,
        _ request: FederatedTurnRequest
    ) throws(ClientError) -> FederatedTurn {
        try configuration.trust.check(body, signature, as: .turn)
        func unusable(_ reason: String) -> ClientError { .unusable(what: "the turn", reason: reason) }
        guard let turn = try? JSONDecoder().decode(FederatedTurn.self, from: body) else {
            throw unusable("it is no turn in JSON")
        }
        guard turn.model == base.manifest.name else { throw unusable("it is of the model '\(turn.model)'") }
        guard turn.nonce == request.nonce else { throw unusable("it answers another request; the nonce is not ours") }
        guard turn.round >= 0, turn.device >= 0, turn.round < .max else { throw unusable("its numbers are none") }
        guard turn.weights.bytes <= configuration.limits.deviceBytes else {
            throw unusable("its model has \(turn.weights.bytes) bytes, more than Limits.deviceBytes")
        }
        guard turn.work.batch > 0, (1...Self.mostEpochs).contains(turn.work.epochs) else {
            throw unusable("it asks for \(turn.work.epochs) epochs in batches of \(turn.work.batch)")
        }
        return turn
    }

    /// More seconds than these count as so many: a day.
    private static let mostSeconds = 86_400.0
    /// More epochs in a turn are a mistake, which would keep a device busy for good.
    private static let mostEpochs = 10_000

    /// The round's model; `nil` where the round is over.
    private func model(of turn: FederatedTurn) async throws -> Data? {
        guard let body = try await service.federatedModel(round: turn.round, bytes: turn.weights.bytes) else {
            return nil
        }
        guard SHA256.hexadecimal(of: body) == turn.weights.sha256 else {
            throw ClientError.untrusted(what: "the round's model", reason: "its digest is not the one of the turn")
        }
        return body
    }
}

extension FederationReport {
    /// Adds a turn.
    fileprivate mutating func add(_ learned: FederatedRun.Learned, counts: Bool) {
        if counts { rounds += 1 } else { late += 1 }
        steps += learned.steps
        bytes += learned.update.bytes.count
        loss = learned.loss
    }
}
