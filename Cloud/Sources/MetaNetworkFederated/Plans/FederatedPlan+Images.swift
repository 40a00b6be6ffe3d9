import MetaNetwork

/// The method whose server learns to generate images.
extension FederatedPlan.MethodName {
    /// Whether it generates images; such a method runs on ``SplitImages``.
    public var generates: Bool { self == .splitGAN }
}

extension FederatedPlan {
    /// Runs the method that generates images: ``models`` are its rounds, ``epochs`` and ``batch`` what a client does in one, and ``rate`` is
    /// the step size of Adam.
    ///
    /// - Parameters:
    ///   - data: The clients' images.
    ///   - split: Networks, devices, and how parts are placed.
    ///   - seed: Seed of all that is drawn.
    ///   - shouldStop: Asked before each round; on `true` the run ends with what there is.
    ///   - report: Receives each measurement.
    /// - Throws: ``FederatedError`` where parts find no room, a number cannot be, or gradients grow without bound.
    /// - Precondition: The method generates images.
    public func run(
        _ data: SplitImages,
        _ split: SplitPlan,
        seed: UInt64,
        shouldStop: () -> Bool = { false },
        report: (SplitPoint) throws -> Void = { _ in }
    ) throws -> SplitResult {
        precondition(method.generates, "'\(method.rawValue)' generates no images")
        guard updates == 0, seconds == 0 else {
            throw FederatedError(
                "'\(method.rawValue)' goes on for a number of rounds; leave out updates and simulated-seconds"
            )
        }
        // Nothing is known of what gradients of images tell.
        _ = try privacy(devices: split.clients, seed: seed)
        let schedule = SplitRun.Schedule(
            rounds: models,
            work: LocalWork(epochs: epochs, batch: batch, rate: rate),
            measuredEvery: measuredEvery
        )
        var run = try SplitRun(data, split, schedule, fleet(), seed: seed)
        return try run.run(shouldStop: shouldStop, report: report)
    }
}
