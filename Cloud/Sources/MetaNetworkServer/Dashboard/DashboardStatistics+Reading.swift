import Foundation

extension DashboardStatistics {
    /// Reads what the service's metrics and models say now.
    init(
        time: Double,
        _ metrics: PrometheusMetrics,
        _ models: ServedModels,
        _ quality: QualityKeeper,
        isDraining: Bool
    ) {
        self.init(time: time)
        self.quality = quality.readings
        readiness = isDraining ? .draining : models.isReady ? .ready : .notReady
        problems = models.problems
        // Health checks are not requests of devices.
        let isDevices = { (dimensions: [String: String]) in
            guard let route = dimensions["route"] else { return false }
            return route.hasPrefix("/v1/") || route.hasSuffix("/infer")
        }
        for (dimensions, value) in metrics.counters(.requests) where isDevices(dimensions) {
            if let status = dimensions["status"].flatMap({ Int($0) }) { requests[status, default: 0] += value }
        }
        for (dimensions, value) in metrics.histograms(.requestSeconds)
        where isDevices(dimensions) && dimensions["route"]?.hasSuffix("/parameters") == true {
            answerSeconds.add(value)
        }
        for (dimensions, value) in metrics.counters(.responseBytes) where isDevices(dimensions) { answerBytes += value }
        for (_, value) in metrics.histograms(.batchSize) { batchSizes.add(value) }
        for (dimensions, value) in metrics.counters(.batches) {
            guard let reason = dimensions["reason"] else { preconditionFailure("batches are counted by reason") }
            dispatches[reason] = value
        }
        for (_, value) in metrics.histograms(.queueSeconds) { queueSeconds.add(value) }
        for (_, value) in metrics.histograms(.computeInferSeconds) { inferSeconds.add(value) }
        for (dimensions, value) in metrics.counters(.events) where dimensions["result"] == "stored" {
            storedEvents += value
        }
        residentBytes = ProcessReading()?.residentBytes
        read(models, metrics.counters(.answers))
    }

    private mutating func read(_ served: ServedModels, _ answers: [(dimensions: [String: String], value: Int)]) {
        for (name, model) in served.all.sorted(by: { $0.key < $1.key }) {
            let releases = model.releases
            var versions: [(String, Role, Double)] = [(releases.current, .current, 1)]
            if let candidate = releases.candidate {
                versions = [
                    (releases.current, .current, 1 - candidate.share), (candidate.version, .candidate, candidate.share),
                ]
            }
            if let version = releases.previous {
                let share = releases.rollout.map { 1 - $0.share(at: Date().timeIntervalSince1970) } ?? 0
                versions[0].2 -= versions[0].2 * share
                versions.append((version, .previous, share))
            }
            models.append(
                Model(
                    name: name,
                    versions: versions.filter { model.versions[$0.0] != nil }.map { version, role, share in
                        let own = ["model": name, "version": version]
                        let count = answers.reduce(0) { $1.dimensions == own ? $0 + $1.value : $0 }
                        return Version(version: version, role: role, share: share, answers: count)
                    }
                )
            )
            waiting += model.versions.values.reduce(0) { $0 + $1.queueLength }
            if let answerer = model.answerer { waiting += answerer.batcher.queueLength }
        }
    }
}
