/// What the files of a bundle are called.
///
/// ```
/// manifest.json            what the bundle is and what its files must be
/// provenance.json          where it comes from; no version covers it, and it may be missing
/// MODEL_CARD.md            what it is, learned from and was measured to do, for people; likewise
/// device.safetensors       static and global dynamic weights
/// generator.safetensors    the folded MetaGenerator; absent without a generator
/// vocabulary.tsv           raw id and index of each item
/// gate.safetensors         foresees on the device whether new weights are worth a request; absent where none was trained
/// switcher.safetensors     foresees on the device whether its answer will do, or the cloud's is worth a request; likewise
/// prompt.safetensors       is added to every input of a model over vectors; absent where the model needs none
/// basis.safetensors        makes dynamic layers of a few values that a device learns; absent where it learns the layers themselves
/// model.onnx               the device model for clients with a runtime of their own; absent unless it was published with one
/// ```
///
/// A bundle may have more files, of any other ``BundleRole``.
public enum BundleLayout {
    /// Name of the ``BundleManifest``.
    public static let manifest = "manifest.json"
    /// Name of the ``BundleProvenance``.
    public static let provenance = "provenance.json"
    /// Name of the model card: what people should know of the model before they use it, in Markdown.
    public static let card = "MODEL_CARD.md"
    /// Files that no version covers, that no device fetches, and that may be missing.
    public static let besides = [provenance, card]
    /// Name of the file of role ``BundleRole/device``.
    public static let device = "device.safetensors"
    /// Name of the file of role ``BundleRole/generator``.
    public static let generator = "generator.safetensors"
    /// Name of the file of role ``BundleRole/vocabulary``.
    public static let vocabulary = "vocabulary.tsv"
    /// Name of the file of role ``BundleRole/gate``.
    public static let gate = "gate.safetensors"
    /// Name of the file of role ``BundleRole/switcher``.
    public static let switcher = "switcher.safetensors"

    /// Name of the file of role ``BundleRole/prompt``: one tensor `prompt` of the shape of the model's input, F32.
    public static let prompt = "prompt.safetensors"

    /// Name of the file of role ``BundleRole/basis``: for each dynamic tensor one of its name, r × its shape, and ``basisStart``, F32.
    public static let basis = "basis.safetensors"
    /// Name of the tensor of r values that devices start with.
    public static let basisStart = "start"

    /// Name of the file of role ``BundleRole/onnx``.
    public static let onnx = "model.onnx"

    /// The one name that a file of a known role has; `nil` for other roles, whose files may have any.
    public static func name(of role: BundleRole) -> String? {
        switch role {
        case .device: device
        case .generator: generator
        case .vocabulary: vocabulary
        case .gate: gate
        case .switcher: switcher
        case .prompt: prompt
        case .basis: basis
        case .onnx: onnx
        default: nil
        }
    }

    /// Role of the file that has one of the fixed names; `nil` for other names.
    public static func role(of name: String) -> BundleRole? {
        [BundleRole.device, .generator, .vocabulary, .gate, .switcher, .prompt, .basis, .onnx].first {
            Self.name(of: $0) == name
        }
    }

    /// Whether a manifest may list a file of this name: 1 to 64 ASCII letters, digits, `-`, `_` and `.`, not starting with
    /// `.`, and neither the manifest's nor the provenance's. Such a name stays inside the folder.
    public static func isFileName(_ name: String) -> Bool {
        isPlain(name, bytes: 1...64) && !name.hasPrefix(".") && name != manifest && name != provenance
    }

    /// Whether a model may have this name: 1 to 64 ASCII letters, digits, `-`, `_` and `.`, not starting with `.`. It is a folder's name
    /// and a part of an address.
    public static func isModelName(_ name: String) -> Bool {
        isPlain(name, bytes: BundleLimits.nameBytes) && !name.hasPrefix(".")
    }

    /// How to fix a name that no model may have.
    public static let modelNameFix = "use 1 to 64 letters, digits, '-', '_' and '.', not starting with '.'"

    /// Whether a text has so many bytes, all of them ASCII letters, digits, `-`, `_` and `.`.
    package static func isPlain(_ text: String, bytes: ClosedRange<Int>) -> Bool {
        bytes.contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

/// What a file of a bundle is for: a word. Those that a reader does not know are kept and not read.
public struct BundleRole: RawRepresentable, Codable, Hashable, Sendable {
    /// The word.
    public var rawValue: String

    /// Creates a role.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Static and global dynamic weights, which every device needs.
    public static let device = BundleRole(rawValue: "device")
    /// The folded MetaGenerator, which stays in the cloud.
    public static let generator = BundleRole(rawValue: "generator")
    /// Raw ids and indices of the items.
    public static let vocabulary = BundleRole(rawValue: "vocabulary")
    /// What foresees on the device whether new weights are worth a request.
    public static let gate = BundleRole(rawValue: "gate")
    /// What foresees on the device whether its answer will do.
    public static let switcher = BundleRole(rawValue: "switcher")
    /// What is added to every input of a model over vectors.
    public static let prompt = BundleRole(rawValue: "prompt")
    /// What makes dynamic layers of a few values that a device learns.
    public static let basis = BundleRole(rawValue: "basis")
    /// The device model as ONNX, whose dynamic weights are inputs.
    public static let onnx = BundleRole(rawValue: "onnx")
}
