import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkServer
import MetaNetworkServing
import Testing

@Suite("The service's generator on the device runtime")
final class DeviceProviderTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    @Test("leaves nothing of a batch that failed half-way to the next", arguments: [1, 2])
    func failedBatch(threads: Int) throws {
        let bundle = try MadeUpBundle(.cnn(channels: 2, height: 10, width: 12), items: 0, seed: 3, in: folder).bundle
        let provider = try DeviceProvider(bundle, threads: threads)
        let devices = (1...4).map { number in
            DeviceSamples.embeddings([Float](repeating: Float(number) / 4, count: provider.sampleWidth))
        }
        let expected = try provider.generate(devices)
        let each = expected.count / devices.count
        #expect(each > 0 && expected[..<each] != expected[each..<2 * each])
        // A model over vectors reads no items; those before and after are sound.
        for place in 0...devices.count {
            var batch = devices
            batch.insert(.items([1]), at: place)
            #expect(throws: DeviceModelError.self) { _ = try provider.generate(batch) }
            #expect(try provider.generate(devices) == expected, "\(place)")
        }
    }
}
