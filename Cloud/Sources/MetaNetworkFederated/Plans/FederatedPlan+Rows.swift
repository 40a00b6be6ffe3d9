/// Methods whose devices share rows of one regression, rather than what they learned.
extension FederatedPlan.MethodName {
    /// Whether devices share rows; such a method runs on a ``SharedRegression``, others on ``FederatedData``.
    public var sharesRows: Bool { sharing != nil }

    var sharing: RowSharing? {
        switch self {
        case .uncoded: RowSharing(.kept)
        case .dropSlowest: RowSharing(.dropped)
        case .rawOffload: RowSharing(.raw)
        case .rowSampling: RowSharing(.sampled)
        case .coded: RowSharing(.coded)
        case .serverParity: RowSharing(.coded, usesServer: true)
        case .fedavg, .fedprox, .fedavgm, .folb, .fedasync, .fedbuff, .port, .teaFed, .teasqFed, .fedTrend, .alone,
            .gathered, .lastValue, .lastSeason, .trainingMean, .splitGAN:
            nil
        }
    }
}

extension FederatedPlan {
    /// Runs a method whose devices share rows: ``rate`` is the step of gradient descent, ``momentum`` its momentum, and ``models`` its iterations
    /// in all periods together.
    ///
    /// - Parameters:
    ///   - data: Rows and links.
    ///   - coded: How rows are shared.
    ///   - seed: Seed of all that is drawn.
    ///   - shouldStop: Asked before each model; on `true` the run ends with what there is.
    ///   - report: Receives each measurement.
    /// - Throws: ``FederatedError`` where a number cannot be, or weights grow without bound.
    /// - Precondition: The method shares rows.
    public func run(
        _ data: SharedRegression,
        _ coded: CodedPlan,
        seed: UInt64,
        shouldStop: () -> Bool = { false },
        report: (CodedPoint) throws -> Void = { _ in }
    ) throws -> CodedResult {
        guard let sharing = method.sharing else {
            preconditionFailure("'\(method.rawValue)' shares no rows, and learns on devices")
        }
        guard updates == 0, seconds == 0 else {
            throw FederatedError(
                "'\(method.rawValue)' goes on for a number of rounds, its steps of gradient descent; leave out updates and "
                    + "simulated-seconds"
            )
        }
        // Rows that travel are protected by no bound on updates.
        _ = try privacy(devices: data.names.count, seed: seed)
        let descent = CodedRun.Descent(
            iterations: models,
            rate: rate,
            momentum: momentum,
            measuredEvery: measuredEvery
        )
        var run = try CodedRun(data, sharing, coded, descent, fleet(), seed: seed)
        return try run.run(shouldStop: shouldStop, report: report)
    }
}
