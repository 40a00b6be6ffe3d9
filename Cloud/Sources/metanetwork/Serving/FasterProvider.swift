import MetaNetwork
import MetaNetworkBundles
import MetaNetworkServer
import MetaNetworkServing

/// Chooses what runs a bundle's generator: the device runtime, or LibTorch where that is faster on this machine.
///
/// Both make the same values to 1e-5. Which one is faster depends on the encoder, its sizes and the processor, so both are timed, once for
/// each version, on a full batch of full windows; that takes milliseconds, and the other one's memory is given back.
enum FasterProvider {
    /// Devices of the batch that is timed: as many as the service gathers by default.
    private static let devices = 64
    /// Times that each generates it; the fastest counts.
    private static let rounds = 3

    /// - Parameters:
    ///   - bundle: A bundle that was read and checked.
    ///   - threads: Threads of the device runtime; LibTorch has its own number.
    /// - Throws: What LibTorch's provider throws; what the device runtime cannot run is LibTorch's.
    static func choose(_ bundle: ModelBundle, threads: Int) throws -> any ParameterProvider {
        let torch = try TorchProvider(bundle)
        guard !torch.tensors.isEmpty, let device = try? DeviceProvider(bundle, threads: threads) else { return torch }
        let full: DeviceSamples =
            bundle.manifest.items > 0
            ? .items((0..<torch.window).map { Int32($0 % bundle.manifest.items + 1) })
            : .embeddings([Float](repeating: 0.5, count: torch.window * torch.sampleWidth))
        let batch = [DeviceSamples](repeating: full, count: devices)
        return try time(torch, batch) < time(device, batch) ? torch : device
    }

    private static func time(_ provider: any ParameterProvider, _ batch: [DeviceSamples]) throws -> Duration {
        let clock = ContinuousClock()
        return try (0..<rounds).map { _ in try clock.measure { _ = try provider.generate(batch) } }.reduce(
            .seconds(3600),
            min
        )
    }
}
