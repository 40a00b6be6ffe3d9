import MetaNetworkDevice

/// Decides when a device asks for new parameters.
///
/// Policies are asked after every sample and when the model opens. Combine the ones here, or write your own:
///
/// ```swift
/// configuration.policy = AtMostEvery(.seconds(600), EverySamples(20).or(OnDrift(0.2)))
/// ```
///
/// Whatever the policy says, one refresh runs at a time, failures are followed by a pause, and expired parameters are due. Parameters
/// that retired or are held back are not due for that: how many requests they are worth is the policy's to say.
public protocol RefreshPolicy: Sendable {
    /// Whether to ask now.
    func isDue(_ situation: RefreshSituation) -> Bool
}

/// What a policy may look at.
public struct RefreshSituation: Sendable, Equatable {
    /// Samples recorded since those behind the last parameters, whether these are in use or not; all samples where there are none.
    public var samples: Int
    /// Time since the last parameters were received; `nil` where there are none.
    public var age: Duration?
    /// Mean embedding of the recent samples; `nil` where there is none.
    public var recent: [Float]?
    /// Mean embedding of the samples behind the last parameters; `nil` where there are none.
    public var behind: [Float]?
    /// What the bundle's gate says; `nil` where it has none, or there are no parameters.
    public var foresight: Foresight?

    /// Creates a situation.
    public init(
        samples: Int,
        age: Duration? = nil,
        recent: [Float]? = nil,
        behind: [Float]? = nil,
        foresight: Foresight? = nil
    ) {
        self.samples = samples
        self.age = age
        self.recent = recent
        self.behind = behind
        self.foresight = foresight
    }

    /// What a gate that was trained with the model says of a situation, beside what was decided in those before.
    public struct Foresight: Sendable, Equatable {
        /// Share of the situations of validation in which the gate thought a mistake less likely, from 0 to 1.
        public var mistake: Double
        /// Share of the situations of validation in which the samples had moved less far, from 0 to 1.
        public var movement: Double
        /// Situations in which a policy was asked so far, with this version of the model.
        public var decisions: Int
        /// Those in which it was due.
        public var requests: Int

        /// Creates a value.
        public init(mistake: Double, movement: Double, decisions: Int = 0, requests: Int = 0) {
            self.mistake = mistake
            self.movement = movement
            self.decisions = decisions
            self.requests = requests
        }

        /// Asks a gate.
        ///
        /// - Parameters:
        ///   - gate: The gate of the model.
        ///   - recent: Mean of what stands for the recent samples.
        ///   - behind: The same of the samples behind the weights in use.
        ///   - decisions: Situations in which a policy was asked so far.
        ///   - requests: Those in which it was due.
        /// - Returns: `nil` where the means are not of the gate's width, or what it makes of them overflows.
        public init?(_ gate: RequestGate, recent: [Float], behind: [Float], decisions: Int, requests: Int) {
            guard let mistake = gate.score(recent: recent, behind: behind),
                let distance = RequestGate.distance(recent, behind)
            else { return nil }
            self.init(
                mistake: gate.errors.share(below: mistake),
                movement: gate.distances.share(below: distance),
                decisions: decisions,
                requests: requests
            )
        }
    }

    /// Cosine distance between ``recent`` and ``behind``, from 0 (the same direction) to 2 (the opposite); `nil` where
    /// one is missing.
    public var drift: Double? {
        guard let recent, let behind, recent.count == behind.count else { return nil }
        var product = 0.0
        var squares = (0.0, 0.0)
        for (a, b) in zip(recent, behind) {
            product += Double(a) * Double(b)
            squares.0 += Double(a) * Double(a)
            squares.1 += Double(b) * Double(b)
        }
        let norms = (squares.0 * squares.1).squareRoot()
        return norms > 0 ? 1 - product / norms : (squares.0 == squares.1 ? 0 : 1)
    }
}

extension RefreshPolicy {
    /// Due where one of the two is.
    public func or(_ other: any RefreshPolicy) -> AnyOf { AnyOf([self, other]) }

    /// Due where both are.
    public func and(_ other: any RefreshPolicy) -> AllOf { AllOf([self, other]) }
}
