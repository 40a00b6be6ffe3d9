/// Why a gate cannot be used.
public enum RequestGateError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A scale's steps do not ascend, are not finite, or fewer than two.
    case scale
    /// A tensor that a gate needs is not there.
    case missingTensor(String)
    /// A tensor is there that no gate has.
    case unexpectedTensor(String)
    /// A tensor has another shape than a gate of this model's samples needs.
    case wrongShape(String, expected: [Int], found: [Int])
    /// A value of a tensor is infinite or NaN.
    case notFinite(String)

    /// What is wrong and how to fix it.
    public var description: String {
        switch self {
        case .scale: "the gate's scale does not ascend from one finite score to another; train the gate again"
        case .missingTensor(let name): "the gate has no tensor '\(name)'; it was cut short, or is no gate"
        case .unexpectedTensor(let name): "the gate has a tensor '\(name)' that no gate has; it is no gate"
        case .wrongShape(let name, let expected, let found):
            "the gate's tensor '\(name)' has shape \(found), samples of this model need \(expected): it is the gate of another "
                + "model"
        case .notFinite(let name):
            "the gate's tensor '\(name)' holds a value that is infinite or NaN; train the gate again"
        }
    }
}
