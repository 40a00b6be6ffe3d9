/// What a bundle says about itself: the contents of its `manifest.json`.
///
/// A bundle is a folder that training publishes: this manifest, `device.safetensors` (static and global dynamic
/// weights), `generator.safetensors` (cloud only; absent without a generator) and `vocabulary.tsv` (raw id → index).
public struct BundleManifest: Codable, Sendable, Equatable {
    /// The format that this code writes and the only one that it reads.
    public static let currentFormat = 1

    /// Version of the bundle format.
    public var format: Int
    /// Name of the model.
    public var name: String
    /// Version of the model: SHA-256 of the digests of its files, in hexadecimal.
    public var version: String
    /// The device model.
    public var architecture: Architecture
    /// Number of items in the catalogue; ids run from 1 to this. 0 where the model reads vectors.
    public var items: Int
    /// What the numbers are that a model over vectors gives; `nil` where the model ranks items.
    public var outputs: Outputs?
    /// The MetaGenerator's form and sizes; `nil` where the bundle has none.
    public var generator: Generator?
    /// What the model was measured to do, by set (`sampled`, `full`) and metric (`auc`, `ndcg@10`).
    public var metrics: [String: [String: Double]]
    /// The settings that trained it, by name, the seed among them.
    public var training: [String: String]
    /// The files by name.
    public var files: [String: File]

    /// Creates a manifest of the current format.
    public init(
        name: String,
        version: String,
        architecture: Architecture,
        items: Int,
        outputs: Outputs? = nil,
        generator: Generator?,
        metrics: [String: [String: Double]],
        training: [String: String],
        files: [String: File]
    ) {
        format = Self.currentFormat
        self.name = name
        self.version = version
        self.architecture = architecture
        self.items = items
        self.outputs = outputs
        self.generator = generator
        self.metrics = metrics
        self.training = training
        self.files = files
    }

    /// What a model over vectors gives.
    public struct Outputs: Codable, Sendable, Equatable {
        /// What its numbers are.
        public var kind: Kind
        /// A name for each of them: the classes, or what is predicted.
        public var names: [String]

        /// Creates a description.
        public init(kind: Kind, names: [String]) {
            self.kind = kind
            self.names = names
        }

        /// What the numbers are.
        public enum Kind: String, Codable, Sendable, CaseIterable {
            /// Logits of classes.
            case classification
            /// Numbers as they are.
            case regression
        }
    }

    /// A MetaGenerator with its decoders folded: every form is served alike.
    public struct Generator: Codable, Sendable, Equatable {
        /// How it was trained: `plain`, `residual` or `stabilized`.
        public var form: String
        /// Most recent samples that it reads.
        public var window: Int
        /// Width of its head encoder.
        public var width: Int
        /// Width of each layer's code.
        public var rank: Int

        /// Creates a description.
        public init(form: String, window: Int, width: Int, rank: Int) {
            self.form = form
            self.window = window
            self.width = width
            self.rank = rank
        }
    }

    /// A file of the bundle.
    public struct File: Codable, Sendable, Equatable {
        /// Size in bytes.
        public var bytes: Int
        /// SHA-256 of the contents, in hexadecimal.
        public var sha256: String

        /// Creates a description.
        public init(bytes: Int, sha256: String) {
            self.bytes = bytes
            self.sha256 = sha256
        }
    }
}
