/// What a run whose devices share rows needs beside ``FederatedPlan``: see ``CodedRun``.
public struct CodedPlan: Codable, Sendable, Equatable {
    /// How devices are linked: see ``Links/init(_:)``.
    public var graph = "geometric-6"
    /// Rows of a code for each row in it, ρ; `nil` for what is expected to reach the target first.
    public var rate: Double?
    /// Models from one code to the next; 0 keeps a code as long as the rows are the same.
    public var renewedEvery = 0
    /// How far the test error may be above that of least squares on all rows gathered, as a share: what ρ is chosen for.
    public var target = 0.02
    /// Models until descent on all rows is expected at the target, as known of an earlier run; 0 for those of a period.
    public var expected = 0
    /// Ridge, λ of the mean loss.
    public var ridge = 1e-3
    /// γ of the Gaussian kernel that random Fourier features come near.
    public var kernel = 0.02
    /// Megabits per second from a device to its neighbour; 0 for no time at all.
    public var between = 0.0
    /// How often as fast as the fastest device the server is.
    public var serverSpeed = 10.0
    /// Share of the devices that are not waited for, the slowest.
    public var dropped = 0.1
    /// What devices foresee, where their data are series.
    public var series = SeriesShape()

    /// Creates a plan of defaults.
    public init() {}
}
