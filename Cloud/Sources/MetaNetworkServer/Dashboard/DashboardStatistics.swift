/// What the dashboard shows: the state at one moment, and totals since the start.
public struct DashboardStatistics: Sendable, Equatable {
    /// When it was read, in seconds since the service was prepared.
    public var time: Double
    /// Whether devices are served.
    public var readiness = Readiness.notReady
    /// What is wrong, and where.
    public var problems: [String] = []
    /// The models that are served, by name.
    public var models: [Model] = []
    /// Devices' requests by HTTP status.
    public var requests: [Int: Int] = [:]
    /// Seconds from the head of a request for parameters to its answer's.
    public var answerSeconds = HistogramReading(bounds: PrometheusMetrics.secondBuckets)
    /// Devices of each batch.
    public var batchSizes = HistogramReading(bounds: PrometheusMetrics.sizeBuckets)
    /// Batches by why they were dispatched.
    public var dispatches: [String: Int] = [:]
    /// Devices that wait for a batch.
    public var waiting = 0
    /// Seconds that the oldest request of each batch had waited.
    public var queueSeconds = HistogramReading(bounds: PrometheusMetrics.secondBuckets)
    /// Seconds that the model took for each batch.
    public var inferSeconds = HistogramReading(bounds: PrometheusMetrics.secondBuckets)
    /// Bytes of all answers' bodies to devices.
    public var answerBytes = 0
    /// Samples that devices shared and that were new.
    public var storedEvents = 0
    /// What shared choices say of the models that rank.
    public var quality: [ModelQuality] = []
    /// Resident memory of the process in bytes; `nil` where the system does not tell.
    public var residentBytes: Int?

    /// Creates statistics of a service that has done nothing yet.
    public init(time: Double) { self.time = time }

    /// Whether devices are served.
    public enum Readiness: String, Sendable {
        /// They are.
        case ready = "Ready"
        /// No version is loaded yet.
        case notReady = "Not ready"
        /// The service is about to stop.
        case draining = "Draining"
    }

    /// A model with its served versions.
    public struct Model: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Its versions: the current one, then a candidate, then the one before.
        public var versions: [Version]

        /// Creates a model.
        public init(name: String, versions: [Version]) {
            self.name = name
            self.versions = versions
        }
    }

    /// A served version.
    public struct Version: Sendable, Equatable {
        /// The version.
        public var version: String
        /// What it is to the model.
        public var role: Role
        /// Share of the devices that get it, from 0 to 1.
        public var share: Double
        /// Devices for which it has generated weights since the start.
        public var answers: Int

        /// Creates a version.
        public init(version: String, role: Role, share: Double, answers: Int) {
            self.version = version
            self.role = role
            self.share = share
            self.answers = answers
        }
    }

    /// What a version is to its model.
    public enum Role: String, Sendable {
        /// Devices get it.
        case current = "Current"
        /// A share of the devices gets it.
        case candidate = "Candidate"
        /// Devices that still run it are served.
        case previous = "Previous"
    }
}
