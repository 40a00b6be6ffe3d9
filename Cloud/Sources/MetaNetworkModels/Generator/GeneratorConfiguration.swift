import MetaNetwork

/// Which MetaGenerator is trained, and its sizes.
public struct GeneratorConfiguration: Codable, Sendable, Equatable {
    /// The form of the generator.
    public var form: Form
    /// Maximum number of recent samples that the generator reads; independent of the device window.
    public var window: Int
    /// The head encoder, which reads the samples.
    public var encoder: EncoderChoice
    /// Epochs at most that the encoder is trained alone, as a ranker, before the generator is; 0 trains it with the generator alone.
    public var encoderEpochs: Int
    /// Width `h` of the head encoder's result z, and of what leads to it in a shipped one.
    public var width: Int
    /// Width `r` of each layer's code e_n = z·P_n; the rank of the decoder.
    public var rank: Int
    /// Number M of candidates of each decoder tensor; used by ``Form/stabilized`` alone.
    public var candidates: Int
    /// Temperature τ of the stabilizer's softmax.
    public var temperature: Double
    /// Which tensors the stabilizer compares.
    public var similarity: Similarity
    /// Share of z that training takes at random.
    public var dropout: Double
    /// The largest age, in interactions, that generated weights have in training: as many of the latest interactions as were drawn are
    /// hidden from the generator, while the device model reads them. 0 trains for fresh weights alone.
    public var ages: Int
    /// A control: the generator is given no samples, so that it makes the same weights for everybody.
    public var isBlind: Bool
    /// Whether a form that is added to a base is trained together with it; otherwise the base is trained to its end first, and stays.
    public var isJoint: Bool
    /// How far devices that are made up in training differ from the real ones, for models over vectors: the largest standard deviation of
    /// their features' offsets, in standard deviations of the features. 0 makes up none.
    public var virtualDevices: Double
    /// How many of a device's samples stand for all, for models over vectors: the generator learns to foresee from those what it would
    /// make of all, and reads no others. 0 reads all.
    public var anchors: Int
    /// Weight in the loss of how far what is foreseen from anchors lies from what all samples say.
    public var anchorWeight: Double
    /// What the forms with patches add to the device model.
    public var patches: Patches

    /// Creates a configuration.
    public init(
        form: Form = .residual,
        window: Int = 50,
        encoder: EncoderChoice = .automatic,
        encoderEpochs: Int = 0,
        width: Int = 32,
        rank: Int = 16,
        candidates: Int = 5,
        temperature: Double = 1,
        similarity: Similarity = .rows,
        dropout: Double = 0,
        ages: Int = 0,
        isBlind: Bool = false,
        isJoint: Bool = false,
        virtualDevices: Double = 0,
        anchors: Int = 0,
        anchorWeight: Double = 0.01,
        patches: Patches = Patches()
    ) {
        self.form = form
        self.window = window
        self.encoder = encoder
        self.encoderEpochs = encoderEpochs
        self.width = width
        self.rank = rank
        self.candidates = candidates
        self.temperature = temperature
        self.similarity = similarity
        self.dropout = dropout
        self.ages = ages
        self.isBlind = isBlind
        self.isJoint = isJoint
        self.virtualDevices = virtualDevices
        self.anchors = anchors
        self.anchorWeight = anchorWeight
        self.patches = patches
    }

    /// The form of a MetaGenerator.
    public enum Form: String, Codable, Sendable, CaseIterable {
        /// Generated weights alone (the paper's form).
        case plain
        /// Generated weights are added to the trained global ones.
        case residual
        /// ``residual`` with a ``MetaStabilizer``.
        case stabilized
        /// What the dynamic layers of a base give is shifted, see ``PersonalForm/offset``.
        case offset
        /// It is shifted and scaled, see ``PersonalForm/film``.
        case film
        /// It is changed by a product of few columns, see ``PersonalForm/lowrank``.
        case lowrank
        /// A short vector joins that of the user and meets a table of its own, see ``PersonalForm/vector``.
        case vector
        /// A control: z is one more input of the first dynamic layer, and the weights are the same for every device. As what z adds
        /// is linear, that is a generated bias.
        case concat
        /// A baseline: as ``concat``, but z is a learned vector of the user, whatever the samples are. It knows no new user.
        case userEmbedding = "user-embedding"
        /// A baseline: z is the user's vector, and meets the encoder's own table. The encoder ranks alone, in the cloud, asked for each
        /// ranking; see ``MetaNetwork/Architecture/ranker(of:beside:)``.
        case cloud
        /// Patches of a base, see ``PersonalForm/patch``, that are products of one basis Θ and a code θ̂ of each device: θ = θ̂·Θ
        /// (MetaPatch of DCCL, arXiv 2104.06624). The codes of training's devices are learned with the basis; a device learns its own.
        case metaPatch = "meta-patch"
        /// A control: the same with a basis that stays as it was drawn.
        case randomPatch = "random-patch"

        /// What is added to the device model; `nil` where the weights of its dynamic layers are generated.
        package var added: PersonalForm? {
            switch self {
            case .offset: .offset
            case .film: .film
            case .lowrank: .lowrank
            case .vector: .vector
            case .metaPatch, .randomPatch: .patch
            case .plain, .residual, .stabilized, .concat, .userEmbedding, .cloud: nil
            }
        }

        /// Whether devices ask a service for what it makes of their samples.
        package var isServed: Bool { encodesSamples && self != .cloud }

        /// Whether a bundle of it is of use to a device: it makes weights of samples, or carries a basis that the device learns with.
        package var isForDevices: Bool { isServed || hasCodes }

        /// Whether weights are products of a basis and a code that each device learns.
        package var hasCodes: Bool { self == .metaPatch || self == .randomPatch }

        /// Whether it reads samples, and has not a learned vector of each user or device.
        package var encodesSamples: Bool { self != .userEmbedding && !hasCodes }

        /// Whether z changes no more than the bias of the first dynamic layer.
        package var generatesBiasAlone: Bool { self == .concat || self == .userEmbedding }
    }

    /// Whether the device model's own weights serve devices without generated ones.
    package var keepsGlobalWeights: Bool {
        form.added != nil && !form.hasCodes || form == .residual || form == .stabilized
    }

    /// Whether the base is trained first, alone, and stays as it is.
    package var trainsBaseFirst: Bool { form.added != nil && !isJoint }

    /// Whether the loss has a term of the global weights too.
    package var trainsGlobalWeights: Bool { keepsGlobalWeights && !trainsBaseFirst }

    /// What ``Form/metaPatch`` adds.
    public struct Patches: Codable, Sendable, Equatable {
        /// Names of the dense and convolution nodes that patches follow; empty for the dynamic ones.
        public var after: [String]
        /// Width of a patch's bottleneck.
        public var width: Int
        /// Values of a device's code θ̂.
        public var rank: Int
        /// Weight β of what the devices' models say, where base and basis learn that too in the end; 0 where they do not.
        public var distillation: Double

        /// Creates a value.
        public init(after: [String] = [], width: Int = 4, rank: Int = 4, distillation: Double = 0) {
            (self.after, self.width, self.rank, self.distillation) = (after, width, rank, distillation)
        }
    }

    /// The device model with what the form adds; `nil` where it adds nothing.
    ///
    /// - Throws: As ``MetaNetwork/Architecture/personalized(as:rank:after:)``.
    func personalized(_ architecture: Architecture) throws -> PersonalizedArchitecture? {
        guard let added = form.added else { return nil }
        return form.hasCodes
            ? try architecture.personalized(as: added, rank: patches.width, after: patches.after)
            : try architecture.personalized(as: added, rank: rank)
    }

    /// Which tensors the stabilizer compares with each other.
    public enum Similarity: String, Codable, Sendable, CaseIterable {
        /// The M candidates of each of the r rows, row by row (the authors' implementation, softmax aside).
        case rows
        /// The M candidates as whole, flattened tensors (the paper's text).
        case whole
    }
}
