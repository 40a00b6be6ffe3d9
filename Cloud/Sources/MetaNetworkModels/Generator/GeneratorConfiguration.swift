/// Which MetaGenerator is trained, and its sizes.
public struct GeneratorConfiguration: Codable, Sendable, Equatable {
    /// The form of the generator.
    public var form: Form
    /// Maximum number of recent samples that the generator reads; independent of the device window.
    public var window: Int
    /// Width `h` of the head encoder and of its result z.
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

    /// Creates a configuration.
    public init(
        form: Form = .stabilized,
        window: Int = 50,
        width: Int = 32,
        rank: Int = 16,
        candidates: Int = 5,
        temperature: Double = 1,
        similarity: Similarity = .rows,
        dropout: Double = 0
    ) {
        self.form = form
        self.window = window
        self.width = width
        self.rank = rank
        self.candidates = candidates
        self.temperature = temperature
        self.similarity = similarity
        self.dropout = dropout
    }

    /// The form of a MetaGenerator.
    public enum Form: String, Codable, Sendable, CaseIterable {
        /// Generated weights alone (the paper's form).
        case plain
        /// Generated weights are added to the trained global ones.
        case residual
        /// ``residual`` with a ``MetaStabilizer``.
        case stabilized
        /// A control: z is one more input of the first dynamic layer, and the weights are the same for every device. As what z adds
        /// is linear, that is a generated bias.
        case concat
        /// A baseline: as ``concat``, but z is a learned vector of the user, whatever the samples are. It knows no new user.
        case userEmbedding = "user-embedding"

        /// Whether the loss has a term of the global weights too, which are then good by themselves.
        package var trainsGlobalWeights: Bool {
            switch self {
            case .residual, .stabilized: true
            case .plain, .concat, .userEmbedding: false
            }
        }

        /// Whether z changes no more than the bias of the first dynamic layer.
        package var generatesBiasAlone: Bool { self == .concat || self == .userEmbedding }
    }

    /// Which tensors the stabilizer compares with each other.
    public enum Similarity: String, Codable, Sendable, CaseIterable {
        /// The M candidates of each of the r rows, row by row (the authors' implementation, softmax aside).
        case rows
        /// The M candidates as whole, flattened tensors (the paper's text).
        case whole
    }
}
