import Logging
import Metrics
import ServiceLifecycle
import Synchronization

/// Looks again and again at how versions do, tells it in metrics, and drops a candidate that does harm.
final class QualityKeeper: Service {
    private struct State {
        var readings: [String: ModelQuality] = [:]
        var gauges: [QualityGauges.Key: QualityGauges] = [:]
        /// Candidates that the registry did not let go, with when they began.
        var undropped: [String: Int] = [:]
        /// When shared choices are read next.
        var nextReading = ContinuousClock.now
    }

    private let models: ServedModels
    private let events: (any EventStore)?
    private let bundles: any BundleStore
    private let stops: CandidateStops?
    private let logger: Logger
    private let state = Mutex(State())

    /// How often it looks.
    private static let interval = Duration.seconds(2)
    /// Times as long as a reading of shared choices took before the next one: reading takes 5 % of a core at most.
    private static let rest = 20

    /// - Parameters:
    ///   - models: The models that are served.
    ///   - events: Where choices are counted; `nil` where none are shared.
    ///   - bundles: The registry, in which a candidate is dropped.
    ///   - stops: When it is; `nil` for never.
    ///   - logger: Receives what happens.
    init(
        _ models: ServedModels,
        _ events: (any EventStore)?,
        _ bundles: any BundleStore,
        _ stops: CandidateStops?,
        _ logger: Logger
    ) {
        (self.models, self.events, self.bundles, self.stops, self.logger) = (models, events, bundles, stops, logger)
    }

    /// What choices say, by name of the model.
    var readings: [ModelQuality] { state.withLock { $0.readings.values.sorted { $0.model < $1.model } } }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.look()
                try await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Looks at all models.
    ///
    /// - Parameter isReading: Whether shared choices are read whenever they were read last.
    func look(isReading: Bool = false) async {
        for (name, model) in models.all.sorted(by: { $0.key < $1.key }) {
            if stops != nil { Self.countFromZero(name) }
            await lookAtGeneration(of: name, model)
        }
        guard let events, isReading || state.withLock({ $0.nextReading <= .now }) else { return }
        let start = ContinuousClock.now
        let all = models.all
        for (name, model) in all.sorted(by: { $0.key < $1.key }) {
            do {
                let arms = try await events.choices(of: name, trial: model.releases.trial)
                let quality = ModelQuality(name, model.releases, arms)
                state.withLock { $0.readings[name] = quality }
                if let verdict = stops?.verdict(on: quality) { await drop(verdict, of: name, model) }
            } catch {
                logger.error("choices cannot be read", metadata: ["model": "\(name)", "error": "\(error)"])
            }
        }
        state.withLock { state in
            state.readings = state.readings.filter { all[$0.key] != nil }
            Self.tell(state.readings.values, &state.gauges)
            let took = ContinuousClock.now - start
            state.nextReading = start + took * Self.rest
        }
    }

    /// Has the counters be there before they count: a monitor sees a growth only from a value that it knows.
    private static func countFromZero(_ model: String) {
        for ground in CandidateVerdict.Ground.allCases {
            Counter(.candidateStops, [("model", model), ("reason", ground.rawValue)]).increment(by: 0)
        }
        Counter(.candidateStopFailures, [("model", model)]).increment(by: 0)
    }

    private static func tell(
        _ readings: some Sequence<ModelQuality>,
        _ gauges: inout [QualityGauges.Key: QualityGauges]
    ) {
        var old = gauges
        for reading in readings {
            for group in reading.groups {
                let key = QualityGauges.Key(model: reading.model, version: group.version, role: group.role)
                let own = old.removeValue(forKey: key) ?? QualityGauges(key)
                own.set(group.sums)
                gauges[key] = own
            }
        }
        for (key, gone) in old {
            gone.retire()
            gauges[key] = nil
        }
    }

    private func lookAtGeneration(of name: String, _ model: ServedModels.Model) async {
        guard let stops, let version = model.releases.candidate?.version, let candidate = model.versions[version],
            let verdict = stops.verdict(on: candidate.record.reading)
        else { return }
        await drop(verdict, of: name, model)
    }

    /// Drops a candidate; where the registry does not let it, says so once.
    private func drop(_ verdict: CandidateVerdict, of name: String, _ model: ServedModels.Model) async {
        guard let candidate = model.releases.candidate, let trial = model.releases.trial else { return }
        var about: Logger.Metadata = [
            "model": "\(name)", "version": "\(candidate.version)", "reason": "\(verdict.reason)",
        ]
        do {
            let isDropped = try await bundles.stop(candidate.version, of: name, because: verdict.reason)
            guard isDropped else { return }
            Counter(.candidateStops, [("model", name), ("reason", verdict.ground.rawValue)]).increment()
            logger.error("candidate was dropped", metadata: about)
        } catch {
            Counter(.candidateStopFailures, [("model", name)]).increment()
            let isNew = state.withLock { state in
                defer { state.undropped[name] = trial }
                return state.undropped[name] != trial
            }
            about["error"] = "\(error)"
            if isNew { logger.critical("candidate does harm and cannot be dropped; roll it back", metadata: about) }
        }
    }
}
