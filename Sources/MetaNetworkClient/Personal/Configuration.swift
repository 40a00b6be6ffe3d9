import Foundation
import MetaNetworkWire

extension PersonalModel {
    /// How a ``PersonalModel`` behaves; all but ``trust`` has a default.
    public struct Configuration: Sendable {
        /// Whose answers to believe.
        public var trust: Trust
        /// How the device proves that it may ask.
        public var credentials = Credentials.none
        /// When to ask for new parameters: after five samples, at most once a minute.
        public var policy: any RefreshPolicy = AtMostEvery(.seconds(60), EverySamples(5))
        /// How often a refresh first asks whether there is a new version of the model; the first one after a launch does.
        /// A version that is no longer served is changed at once. Each installation has an interval of its own, from three quarters of
        /// this to the whole, so that devices that were opened together do not come back together.
        public var versionInterval = Duration.seconds(6 * 3_600)
        /// Whether the model asks for weights, and shares samples, by itself while the device is in Low Power Mode, where the system has one.
        /// ``PersonalModel/refresh()`` does whatever this says.
        public var refreshesInLowPowerMode = true
        /// Which downloads of the model may use a network in Low Data Mode, where the system has one, or another that ``transport`` knows as
        /// constrained. A new version that may not waits for another network, and ``State/waiting(_:)`` says so. So do messages of more
        /// than 32 KiB of shared samples, which are tried once an hour, and with them the samples that follow. Weights, which are a few
        /// kilobytes, and whether there is a new version are asked for all the same, and so are answers of ``deferral``.
        public var downloadsInLowDataMode = LowDataDownloads.first
        /// Whether the service is told how much memory the device has, in one of six classes (0.25 to 8 GiB), with each request for a
        /// manifest: for whoever decides how large a base may become.
        public var tellsMemory = true
        /// What of the recent samples is sent.
        public var upload = Upload.ids
        /// Noise on the embeddings that are sent, where ``upload`` says embeddings or anchors: none, unless the app says so. What it hides
        /// and what it costs `metanetwork privacy` measures, and prints the two values for here.
        public var uploadNoise: UploadNoise?
        /// How the weights of an answer are stored.
        public var payload = PayloadFormat.float16
        /// When personal weights retire, so that the base model answers until new ones come.
        public var retireAfter = RetireAfter.measured
        /// Whether the base model ranks where personal weights foresaw the user's last choices worse than it, until they foresee them
        /// better again. What is looked at is the items that are recorded, on the device alone; models over vectors or images have none,
        /// and for them this means nothing.
        public var guardsQuality = true
        /// Which inputs of a model over vectors the larger model in the cloud may answer: none, unless the app says so. What it answers
        /// leaves the device as it is.
        public var deferral = Deferral.never
        /// Whether the items that are recorded are sent for the next training, and at which place the model had ranked each, by which the
        /// service tells good versions from bad ones. Ask your user first.
        public var sharesSamples = false
        /// Which inputs of a model over vectors or images are sent, for the service to adapt the model to what devices see: none, unless
        /// the app says so. This is a consent of its own, which ``sharesSamples`` does not give: an input leaves the device as it is.
        /// Ask your user first.
        ///
        /// A model of items has no such inputs, and one that tells no classes, or does not end in a dense layer, does not know which it is
        /// unsure of: a notice says so when it is opened, and nothing is shared.
        public var sharesInputs: InputSharing?
        /// Whether the code that ``PersonalModel/learn(_:budget:learningRate:)`` learned is sent, where the version has a basis: 4 bytes
        /// a value, and the version that it belongs to, for the service to distil what devices learned. This is a consent of its own: few
        /// as they are, the values follow from what the user did. Ask your user first.
        ///
        /// What was learned before, or without this, is not sent later. A version without a basis has no codes: a notice says so when
        /// it is opened.
        public var sharesCode = false
        /// What your user agreed to: for what samples, inputs and codes may be used, and which text said so. Each that is recorded from now
        /// on bears it to the service, which keeps it, and trains on those of a purpose (`metanetwork train --purpose`). What waits keeps
        /// the consent under which it was recorded. It allows nothing by itself: that is what the settings around it do.
        public var consent: SampleEvents.Event.Consent?
        /// Whether what the device learns of its labelled examples may be sent, for a model that all devices learn together: what
        /// ``PersonalModel/federate(_:rounds:seconds:)`` does. The examples stay on the device; the service sees the update, from which
        /// something of them may be worked out. This is a consent of its own. Ask your user first.
        public var sharesUpdates = false
        /// A bundle that ships in the app, used as it lies there: works offline from the first launch.
        public var bundle: URL?
        /// Told how much of the model has come where it has to be fetched before it can open, when nobody can follow
        /// ``PersonalModel/states`` yet; from any thread.
        public var whileOpening: (@Sendable (Download) -> Void)?
        /// Largest norm of a personal layer, as a multiple of the global layer's.
        public var normBound = 10.0
        /// The maximum of what is accepted and kept.
        public var limits = Limits()
        /// How long to wait after failures.
        public var backOff = BackOff()
        /// The network.
        public var transport: any Transport = URLSessionTransport()
        /// The clocks.
        public var time: any TimeSource = SystemTime()
        /// Whether the device saves power now; another in tests.
        var isInLowPowerMode: @Sendable () -> Bool = {
            #if canImport(Darwin)
            return ProcessInfo.processInfo.isLowPowerModeEnabled
            #else
            return false
            #endif
        }

        /// Bytes of the device's memory; others in tests.
        var deviceMemory: @Sendable () -> UInt64 = { ProcessInfo.processInfo.physicalMemory }

        /// Creates a configuration.
        ///
        /// - Parameter trust: The server's public keys; ``Trust/unsigned`` is for development.
        public init(trust: Trust) { self.trust = trust }

        /// What the user agreed to share.
        var sharing: SharingConsent {
            SharingConsent(
                items: sharesSamples,
                inputs: (sharesInputs?.count ?? 0) > 0,
                codes: sharesCode,
                terms: consent
            )
        }

        /// - Throws: ``ClientError/invalidInput(reason:)`` where a consent is one that no service stores.
        func checkConsent() throws(ClientError) {
            guard let consent, !consent.isSpelled else { return }
            throw .invalidInput(
                reason:
                    "the consent '\(consent.purpose)', '\(consent.version)' cannot be sent; \(SampleEvents.Event.Consent.fix)"
            )
        }
    }

    /// What of the recent samples is sent to the service.
    public enum Upload: Sendable, Equatable {
        /// Their raw ids.
        case ids
        /// Their embeddings, computed on the device, so that no raw id leaves it. They are not anonymous: whoever has the
        /// model can find the items.
        case embeddings
        /// Of a model over vectors, the embeddings of so many samples that stand for all, and for how many each does: with the right
        /// number few bytes for nearly the same weights (`Anchors`). For generators that read samples without an
        /// order, as the shipped ones do of vectors. Of a model of items, whose samples have an order, all embeddings. The service must
        /// be of a release that knows this.
        case anchors(Int)
    }

    /// Which inputs the larger model in the cloud may answer, in ``PersonalModel/answer(_:sending:)`` (DMD, arXiv 2410.12165).
    public struct Deferral: Sendable, Equatable {
        /// Share of the inputs that may be sent, from 0 to 1.
        public var budget: Double
        /// What tells those that are worth it.
        public var measure: Measure
        /// How long the cloud's answer may take before the device's is given.
        public var timeout: Duration

        /// None.
        public static let never = Deferral(budget: 0)

        /// Creates a value; a budget outside of 0 to 1 counts as the nearer of the two.
        public init(budget: Double, by measure: Measure = .switcher, timeout: Duration = .seconds(2)) {
            (self.budget, self.measure, self.timeout) = (Budget.clamped(budget), measure, timeout)
        }

        /// What tells the inputs that are worth sending. Each is compared with the scale of validation that the bundle's switcher has
        /// (`metanetwork train --gate dmd`); without one the device answers all.
        public enum Measure: Sendable, Equatable {
            /// The switcher's doubt that the two models say the same.
            case switcher
            /// How close the two largest outputs are.
            case margin
        }
    }

    /// An age at which personal weights retire. That is for good: a refresh brings new ones, when ``Configuration/policy`` says
    /// so. They stay on the disk, where their age tells the same after the next launch.
    public enum RetireAfter: Sendable, Equatable {
        /// The greatest age at which the bundle says that weights were measured to help; never where it says nothing. Where they help at
        /// no age, none are asked for.
        case measured
        /// So many samples recorded since those behind the weights, or so long since they came, whichever is passed first. Where
        /// the samples behind the weights are no longer kept (``Limits/samples``), the number counts as passed.
        case age(samples: Int? = nil, time: Duration? = nil)
        /// The end of the lifetime that the service gave them.
        case expiry
        /// No age: they stay until new ones come.
        case never
    }
}
