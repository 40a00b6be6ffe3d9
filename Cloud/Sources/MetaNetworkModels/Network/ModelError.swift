/// Why a model cannot be made or take over weights; the message says how to fix it.
public enum ModelError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A tensor that the model needs is not in the weights.
    case missingParameter(String)
    /// A tensor has another shape than the model's.
    case wrongShape(String, expected: [Int], found: [Int])
    /// The architecture, or its data, cannot be used in this way.
    case unsuitable(String)

    /// The message.
    public var description: String {
        switch self {
        case .missingParameter(let name):
            "the weights have no tensor '\(name)'; they belong to another architecture"
        case .wrongShape(let name, let expected, let found):
            "tensor '\(name)' has shape \(found), the model needs \(expected); the weights belong to another architecture"
        case .unsuitable(let text): text
        }
    }
}
