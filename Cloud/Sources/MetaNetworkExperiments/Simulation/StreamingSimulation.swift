import Foundation
import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkTraining

extension EpisodicTask {
    /// Devices meet images that change all the time, first by themselves and then with the cloud's help (U-VPA).
    ///
    /// - Parameters:
    ///   - simulation: The service, and how devices live; they share what its settings say.
    ///   - images: Images of each corruption.
    ///   - adapt: Has the cloud learn from what was shared; returns once the service has what was published.
    /// - Returns: Devices by themselves and adapted ones as two methods, with what they cost a device.
    /// - Throws: ``ExperimentError`` where the task has no images; ``MetaNetworkData/DataError`` where there are too few.
    package func simulate(
        _ simulation: Simulation,
        stream images: Int,
        adapt: @escaping () async throws -> Void
    ) async throws -> ExperimentResult {
        guard let source = source as? ShiftedImages else {
            throw ExperimentError("a stream is of images that are spoiled; leave out --stream, or give --task images")
        }
        let streams = try (0..<(simulation.deviceLimit ?? 1)).map {
            try CorruptedStream(source, images: images, seed: simulation.seed + UInt64($0))
        }
        func lived(_ label: String, _ simulation: Simulation, adapt: @escaping () async throws -> Void) async throws
            -> LivedDevices
        {
            try await StreamingDevices(
                streams: streams,
                settings: simulation.settings,
                folder: simulation.folder.appendingPathComponent(label),
                seed: simulation.seed,
                adapt: adapt
            ) { done, total in
                try simulation.progress(label, done, total)
            }.livedDevices()
        }
        var alone = simulation
        alone.settings.sharesInputs = nil
        let base = try await lived("alone", alone) {}
        let adapted = try await lived("adapted", simulation, adapt: adapt)
        var result = SimulationResult(
            simulation,
            facts: [("Devices", streams.count)] + streams[0].facts,
            sets: base.scores.measuredSets
        )
        result.add(Method(name: "alone", label: "the device alone", role: .base), base.scores, cost: base.cost)
        result.add(
            Method(name: "adapted", label: "adapted", role: .method),
            adapted.scores,
            cost: adapted.cost,
            against: ("alone", base.scores)
        )
        return result.result
    }
}
