import Foundation
import MetaNetwork
import MetaNetworkClient
import MetaNetworkCollaboration
import MetaNetworkData

/// Devices with the SDK whose images change all the time: after each batch they share what they are least sure of, the cloud learns, and
/// they fetch what it published.
///
/// They go in step, a batch at a time, so that all meet the same corruption.
package struct StreamingDevices {
    /// What each device sees, all with as many batches.
    let streams: [CorruptedStream]
    let settings: SimulationSettings
    let folder: URL
    /// Chooses what is lost, and when a device is offline.
    let seed: UInt64
    /// Has the cloud learn from what was shared; returns once the service has what was published.
    let adapt: () async throws -> Void
    /// Receives progress: batches done and in all; throws to end it.
    let progress: (_ done: Int, _ total: Int) throws -> Void

    package init(
        streams: [CorruptedStream],
        settings: SimulationSettings,
        folder: URL,
        seed: UInt64,
        adapt: @escaping () async throws -> Void,
        progress: @escaping (_ done: Int, _ total: Int) throws -> Void
    ) {
        (self.streams, self.settings, self.folder, self.seed) = (streams, settings, folder, seed)
        (self.adapt, self.progress) = (adapt, progress)
    }

    /// What a device gave.
    struct Answers: Sendable {
        /// Outputs for the stream's images, one after the other as they came.
        var stream: [Float] = []
        /// Outputs for the stream's clean images, after it.
        var clean: [Float] = []
        var traffic = Traffic()
    }

    private struct Device {
        let model: PersonalModel
        let network: SimulatedNetwork
        let stream: CorruptedStream
        var answers = Answers()

        mutating func live(_ batch: Int) async throws {
            network.advance()
            for image in stream.batches[batch].images {
                answers.stream += try await model.outputs(of: image)
                await model.record(image)
            }
            await model.waitUntilIdle()
        }

        mutating func end() async throws {
            for image in stream.cleanImages { answers.clean += try await model.outputs(of: image) }
            answers.traffic = network.traffic
        }
    }

    /// Lets the devices live.
    ///
    /// - Returns: Their scores on the stream and on clean images, and what a device costs.
    package func livedDevices() async throws -> LivedDevices {
        let answers = try await lived()
        let traffic = answers.reduce(into: Traffic()) { $0.add($1.traffic) }
        let scores = CorruptedStream.scores(
            zip(streams, answers).map { (stream: $0, logits: $1.stream, clean: $1.clean) }
        )
        return LivedDevices(scores: scores, cost: traffic.cost(devices: streams.count), shares: [:])
    }

    /// Lets the devices live.
    ///
    /// - Returns: What each gave, in the order of ``streams``.
    func lived() async throws -> [Answers] {
        var devices: [Device] = []
        for (number, stream) in streams.enumerated() { devices.append(try await device(number, stream)) }
        let count = streams[0].batches.count
        for batch in 0..<count {
            try progress(batch, count)
            for number in devices.indices { try await devices[number].live(batch) }
            try await adapt()
            // Offline, or where the answer is lost, what is there stays in use.
            for device in devices { try? await device.model.refresh() }
        }
        for number in devices.indices { try await devices[number].end() }
        return devices.map(\.answers)
    }

    private func device(_ number: Int, _ stream: CorruptedStream) async throws -> Device {
        let random = SeededGenerator(seed: seed, streams: [UInt64(number)])
        let network = SimulatedNetwork(settings.transport, settings.conditions, random)
        let time = SimulatedTime(start: Int(Date().timeIntervalSince1970))
        let folder = folder.appendingPathComponent("device-\(number)")
        let model = try await settings.open(folder, network, time, AnyOf([]))
        return Device(model: model, network: network, stream: stream)
    }
}
