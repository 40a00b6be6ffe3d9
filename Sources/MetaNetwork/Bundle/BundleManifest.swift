/// What a bundle says about itself: the contents of its `manifest.json`. See ``BundleLayout`` for the files beside it.
///
/// Format 2 lists what a device or a server acts on and nothing else, so its version covers all of it; see
/// ``BundleVersion``. Format 1 also has the members of ``BundleProvenance``.
public struct BundleManifest: Sendable, Equatable {
    /// The format that is written.
    public static let currentFormat = 2
    /// The formats that can be read.
    public static let readableFormats = 1...currentFormat

    /// Version of the bundle format.
    public var format: Int
    /// Name of the model.
    public var name: String
    /// Version of the model: a SHA-256 in hexadecimal, see ``BundleVersion``.
    public var version: String
    /// The device model.
    public var architecture: Architecture
    /// Number of items in the catalogue; their indices run from 1 to this. 0 where the model reads vectors.
    public var items: Int
    /// What a model over vectors gives; `nil` where the model ranks items.
    public var outputs: Outputs?
    /// The MetaGenerator's form and sizes; `nil` where the bundle has none.
    public var generator: Generator?
    /// The files by name.
    public var files: [String: File]
    /// What a manifest of format 1 says of its provenance; `nil` from format 2 on, where a file of its own says it.
    public var provenance: BundleProvenance?

    /// Creates a manifest.
    ///
    /// - Parameters:
    ///   - format: Version of the bundle format.
    ///   - name: Name of the model.
    ///   - version: Version of the model; ``sealed(sha256:encode:)`` replaces it by the one of the contents.
    ///   - architecture: The device model.
    ///   - items: Number of items in the catalogue.
    ///   - outputs: What a model over vectors gives.
    ///   - generator: The MetaGenerator's form and sizes.
    ///   - files: The files by name.
    ///   - provenance: For format 1 only.
    public init(
        format: Int = currentFormat,
        name: String,
        version: String = "",
        architecture: Architecture,
        items: Int,
        outputs: Outputs? = nil,
        generator: Generator?,
        files: [String: File],
        provenance: BundleProvenance? = nil
    ) {
        self.format = format
        self.name = name
        self.version = version
        self.architecture = architecture
        self.items = items
        self.outputs = outputs
        self.generator = generator
        self.files = files
        self.provenance = provenance
    }

    /// What a model over vectors gives.
    public struct Outputs: Codable, Sendable, Equatable {
        /// What its values are.
        public var kind: Kind
        /// A name for each of them: the classes, or what is predicted.
        public var names: [String]

        /// Creates a description.
        public init(kind: Kind, names: [String]) {
            self.kind = kind
            self.names = names
        }

        /// What the values are.
        public enum Kind: String, Codable, Sendable, CaseIterable {
            /// Logits of classes.
            case classification
            /// Values as they are.
            case regression
        }
    }

    /// A MetaGenerator with its decoders folded: every form is served alike.
    public struct Generator: Codable, Sendable, Equatable {
        /// How it was trained, for example `residual` or `vector`; what is served is the same for all forms.
        public var form: String
        /// Maximum number of recent samples that it reads.
        public var window: Int
        /// Width of its head encoder.
        public var width: Int
        /// Width of each layer's code.
        public var rank: Int
        /// Up to which age its weights were measured to rank no worse than the base; ``Helps/never`` where devices should not ask for
        /// them, `nil` where nobody measured.
        public var helps: Helps?

        /// Creates a description.
        public init(form: String, window: Int, width: Int, rank: Int, helps: Helps? = nil) {
            self.form = form
            self.window = window
            self.width = width
            self.rank = rank
            self.helps = helps
        }

        /// The greatest age at which generated weights help: devices let weights retire that are past either bound.
        public struct Helps: Codable, Sendable, Equatable {
            /// Samples recorded since those that the weights were made of; with 0 only new weights help.
            public var samples: Int
            /// Seconds since the weights were made; `nil` where time alone was not measured.
            public var seconds: Int?

            /// Of weights that help at no age: even new ones rank worse than the base.
            public static let never = Helps(samples: 0, seconds: 0)

            /// Creates an age.
            public init(samples: Int, seconds: Int? = nil) {
                self.samples = samples
                self.seconds = seconds
            }
        }
    }

    /// A file of the bundle.
    public struct File: Codable, Sendable, Equatable {
        /// Size in bytes.
        public var bytes: Int
        /// SHA-256 of the contents, in hexadecimal.
        public var sha256: String
        /// What the file is for; `nil` in format 1, where the name says it.
        public var role: BundleRole?

        /// Creates a description.
        public init(bytes: Int, sha256: String, role: BundleRole? = nil) {
            self.bytes = bytes
            self.sha256 = sha256
            self.role = role
        }
    }
}

extension BundleManifest: Codable {
    /// Reads a manifest of any of the ``readableFormats``.
    ///
    /// - Throws: ``BundleManifestError/unknownFormat(_:)``, before anything else is read, or a `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.members()
        format = try members.decode(Int.self, forKey: "format")
        guard Self.readableFormats.contains(format) else { throw BundleManifestError.unknownFormat(format) }
        name = try members.decode(String.self, forKey: "name")
        version = try members.decode(String.self, forKey: "version")
        architecture = try members.decode(Architecture.self, forKey: "architecture")
        items = try members.decode(Int.self, forKey: "items")
        outputs = try members.decodeIfPresent(Outputs.self, forKey: "outputs")
        generator = try members.decodeIfPresent(Generator.self, forKey: "generator")
        files = try members.decode([String: File].self, forKey: "files")
        guard format == 1 else { return }
        provenance = BundleProvenance(
            metrics: try members.decode([String: [String: Double]].self, forKey: "metrics"),
            training: try members.decode([String: String].self, forKey: "training")
        )
    }

    /// Writes the members of the manifest's format.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.members()
        try members.encode(format, forKey: "format")
        try members.encode(name, forKey: "name")
        try members.encode(version, forKey: "version")
        try members.encode(architecture, forKey: "architecture")
        try members.encode(items, forKey: "items")
        try members.encodeIfPresent(outputs, forKey: "outputs")
        try members.encodeIfPresent(generator, forKey: "generator")
        try members.encode(files, forKey: "files")
        guard format == 1 else { return }
        let provenance = provenance ?? BundleProvenance()
        try members.encode(provenance.metrics, forKey: "metrics")
        try members.encode(provenance.training, forKey: "training")
    }
}

extension BundleManifest.Outputs {
    /// Reads the members of a JSON object.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.members()
        kind = try members.decode(Kind.self, forKey: "kind")
        names = try members.decode([String].self, forKey: "names")
    }

    /// Writes the members of a JSON object.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.members()
        try members.encode(kind, forKey: "kind")
        try members.encode(names, forKey: "names")
    }
}

extension BundleManifest.Generator {
    /// Reads the members of a JSON object.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.members()
        form = try members.decode(String.self, forKey: "form")
        window = try members.decode(Int.self, forKey: "window")
        width = try members.decode(Int.self, forKey: "width")
        rank = try members.decode(Int.self, forKey: "rank")
        helps = try members.decodeIfPresent(Helps.self, forKey: "helps")
    }

    /// Writes the members of a JSON object.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.members()
        try members.encode(form, forKey: "form")
        try members.encode(window, forKey: "window")
        try members.encode(width, forKey: "width")
        try members.encode(rank, forKey: "rank")
        try members.encodeIfPresent(helps, forKey: "helps")
    }
}

extension BundleManifest.Generator.Helps {
    /// Reads the members of a JSON object.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.members()
        samples = try members.decode(Int.self, forKey: "samples")
        seconds = try members.decodeIfPresent(Int.self, forKey: "seconds")
    }

    /// Writes the members of a JSON object.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.members()
        try members.encode(samples, forKey: "samples")
        try members.encodeIfPresent(seconds, forKey: "seconds")
    }
}

extension BundleManifest.File {
    /// Reads the members of a JSON object.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.members()
        bytes = try members.decode(Int.self, forKey: "bytes")
        sha256 = try members.decode(String.self, forKey: "sha256")
        role = try members.decodeIfPresent(BundleRole.self, forKey: "role")
    }

    /// Writes the members of a JSON object.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.members()
        try members.encode(bytes, forKey: "bytes")
        try members.encode(sha256, forKey: "sha256")
        try members.encodeIfPresent(role, forKey: "role")
    }
}
