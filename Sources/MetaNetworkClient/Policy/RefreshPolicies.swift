/// After every so many new samples.
public struct EverySamples: RefreshPolicy {
    /// The number of samples; 1 or more.
    public let count: Int

    /// Creates a policy; a number below 1 counts as 1.
    public init(_ count: Int) { self.count = max(1, count) }

    /// Whether that many samples are new.
    public func isDue(_ situation: RefreshSituation) -> Bool { situation.samples >= count }
}

/// When another policy says so, but at most once per interval. The first parameters need not wait.
public struct AtMostEvery: RefreshPolicy {
    /// Shortest time between two refreshes.
    public let interval: Duration
    /// The policy that is slowed down.
    public let policy: any RefreshPolicy

    /// Creates a policy.
    public init(_ interval: Duration, _ policy: any RefreshPolicy) {
        self.interval = interval
        self.policy = policy
    }

    /// Whether the interval is over and the policy says so.
    public func isDue(_ situation: RefreshSituation) -> Bool {
        situation.age.map { $0 >= interval } ?? true && policy.isDue(situation)
    }
}

/// When the recent samples have drifted from those behind the parameters in use.
public struct OnDrift: RefreshPolicy {
    /// Least cosine distance between the mean embeddings, from 0 to 2.
    public let distance: Double

    /// Creates a policy.
    public init(_ distance: Double) { self.distance = distance }

    /// Whether there is a new sample and the distance is reached; without parameters the first sample is enough.
    public func isDue(_ situation: RefreshSituation) -> Bool {
        guard situation.samples > 0 else { return false }
        guard situation.behind != nil else { return true }
        return situation.drift.map { $0 >= distance } ?? false
    }
}

/// Due where one of its policies is.
public struct AnyOf: RefreshPolicy {
    /// The policies.
    public let policies: [any RefreshPolicy]

    /// Creates a policy; without policies it is never due.
    public init(_ policies: [any RefreshPolicy]) { self.policies = policies }

    /// Asks one after the other.
    public func isDue(_ situation: RefreshSituation) -> Bool { policies.contains { $0.isDue(situation) } }
}

/// Due where all of its policies are.
public struct AllOf: RefreshPolicy {
    /// The policies.
    public let policies: [any RefreshPolicy]

    /// Creates a policy; without policies it is never due.
    public init(_ policies: [any RefreshPolicy]) { self.policies = policies }

    /// Asks one after the other.
    public func isDue(_ situation: RefreshSituation) -> Bool {
        !policies.isEmpty && policies.allSatisfy { $0.isDue(situation) }
    }
}
