extension PersonalModel {
    /// What a model does, for an app that wants to show it. Whatever the state, ranking works.
    public enum State: Sendable, Equatable {
        /// The base model answers: there are no personal weights.
        case base
        /// Personal weights answer.
        case personal(Age)
        /// The base model answers, as it foresaw the user's last choices better than personal weights
        /// (``Configuration/guardsQuality``).
        case guarded(Age)
        /// The base model answers until new weights come, as the last ones are past the age at which they help
        /// (``Configuration/retireAfter``).
        case retired(Age)
        /// New weights are being fetched; the ones before are in use.
        case refreshing
        /// The files of a new version of the model are being fetched, as a part of a refresh; the one before is in use. Told at about
        /// each hundredth. A download that was cut off goes on where it stopped, after a restart of the app too.
        case fetching(Download)
        /// A new version of the model waits for a network without Low Data Mode
        /// (``Configuration/downloadsInLowDataMode``). The one before is in use and gets weights as before; which of them answer is told
        /// before this, and ``PersonalModel/standing`` says so at any time. Each refresh tries again.
        case waiting(Download)
        /// The last refresh failed; what was in use stays in use.
        case offline(ClientError)
        /// Something else went wrong and changes nothing of the ranking: a damaged file was set aside, the disk is full.
        case notice(ClientError)
    }

    /// How much of a version's files has come.
    public struct Download: Sendable, Equatable {
        /// Bytes on the device, those of earlier tries among them.
        public var received: Int
        /// Bytes in all, as the signed manifest says.
        public var total: Int

        /// Creates a value.
        public init(received: Int, total: Int) {
            self.received = received
            self.total = total
        }
    }

    /// How old personal weights are.
    public struct Age: Sendable, Equatable {
        /// Samples recorded since.
        public var samples: Int
        /// Seconds since they were received.
        public var seconds: Int

        /// Creates an age.
        public init(samples: Int, seconds: Int) {
            self.samples = samples
            self.seconds = seconds
        }
    }

    /// An item with its score.
    public struct RankedItem: Sendable, Equatable {
        /// The item's raw id.
        public let id: String
        /// The logit of the score; minus infinity for an item that the model does not know.
        public let score: Float

        /// Creates a ranked item.
        public init(id: String, score: Float) {
            self.id = id
            self.score = score
        }
    }
}
