import MetaNetwork

/// Why a model cannot be run, or weights cannot be used.
public enum DeviceModelError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The architecture is not valid for the number of items.
    case architecture(ArchitectureError)
    /// A tensor that the architecture needs is not there.
    case missingTensor(String)
    /// A tensor is there that the architecture does not know, or that is not dynamic.
    case unexpectedTensor(String)
    /// A tensor has another shape than the architecture says.
    case wrongShape(String, expected: [Int], found: [Int])
    /// A value of a tensor is infinite or NaN.
    case notFinite(String)
    /// The input of a model over vectors has another number of values than the architecture says.
    case wrongInput(expected: Int, found: Int)
    /// The value of the input at this offset is infinite or NaN.
    case inputNotFinite(Int)
    /// What was given for the input of this name cannot be fed into it.
    case wrongNamedInput(String, reason: String)
    /// Each of the model's inputs is missing.
    case nothingGiven
    /// The model of this name ranks items and reads no vectors.
    case ranksItems(String)
    /// The model of this name reads vectors and ranks no items.
    case readsVectors(String)
    /// A prompt has another number of values than the model's input.
    case wrongPrompt(expected: Int, found: Int)
    /// The value of a prompt at this offset is infinite or NaN.
    case promptNotFinite(Int)
    /// The model of this name has not just one input over vectors, to which a prompt could be added.
    case takesNoPrompt(String)
    /// The code of a basis has this shape, and none of 1 to 64 values.
    case wrongBasis([Int])
    /// A code has another number of values than the basis has rows.
    case wrongCode(expected: Int, found: Int)
    /// The value of a code at this offset is infinite or NaN.
    case codeNotFinite(Int)
    /// The result of the model of this name does not come from a dense layer of two units or more.
    case endsInNoDense(String)
    /// A node behind a dynamic layer computes what has no gradient on a device.
    case cannotLearn(node: String, operation: String)
    /// A node has values that a device cannot learn, where all of a model is to be learned.
    case cannotLearnWhole(node: String, operation: String)
    /// The parameters of a model are this many values, and others were given.
    case wrongParameters(expected: Int, found: Int)
    /// The model of this name has no dynamic layer to learn.
    case nothingToLearn(String)
    /// There is no example, or not one target for each input.
    case wrongExamples(inputs: Int, targets: Int)
    /// The example with this number, from 0, cannot be learned.
    case wrongExample(Int, reason: String)
    /// A learning rate or a largest norm that is not a number above 0.
    case wrongLearning(String, Double)
    /// Learning was told to stop before its first step.
    case stopped
    /// The compiler met a state that a checked architecture cannot have: a bug of this library; the text says which.
    case broken(String)
    /// The model needs more memory than it may take.
    case tooLarge(bytes: Int, limit: Int)

    /// What is wrong and how to fix it.
    public var description: String {
        switch self {
        case .architecture(let error): error.description
        case .missingTensor(let name):
            "the weights have no tensor '\(name)'; they belong to another architecture, or were cut short"
        case .unexpectedTensor(let name):
            "the weights have a tensor '\(name)' that does not belong there; they belong to another architecture"
        case .wrongShape(let name, let expected, let found):
            "the tensor '\(name)' has shape \(found), the architecture needs \(expected)"
        case .notFinite(let name): "the tensor '\(name)' holds a value that is infinite or NaN"
        case .wrongInput(let expected, let found):
            "the input has \(found) values, the model reads \(expected); see the sizes of its input in the architecture"
        case .inputNotFinite(let offset): "value \(offset) of the input is infinite or NaN; leave the sample out"
        case .wrongNamedInput(let name, let reason): "input '\(name)': \(reason)"
        case .nothingGiven: "all inputs are missing; give one at least"
        case .ranksItems(let name): "the model '\(name)' ranks items and reads no vectors; ask it to rank"
        case .readsVectors(let name): "the model '\(name)' reads vectors and ranks no items; ask it for its outputs"
        case .wrongPrompt(let expected, let found):
            "the prompt has \(found) values, the model's input \(expected); use the prompt that was made for this model"
        case .promptNotFinite(let offset): "value \(offset) of the prompt is infinite or NaN; make the prompt again"
        case .takesNoPrompt(let name):
            "the model '\(name)' takes no prompt: one is added to the only input of a model over vectors or images; leave it out"
        case .wrongBasis(let shape):
            "the tensor '\(BundleLayout.basisStart)' of the basis has shape \(shape); it must be one axis of "
                + "\(BundleLimits.basisRank.lowerBound) to \(BundleLimits.basisRank.upperBound) values"
        case .wrongCode(let expected, let found):
            "the code has \(found) values, the basis \(expected) rows; use a code that was learned with this basis"
        case .codeNotFinite(let offset): "value \(offset) of the code is infinite or NaN; learn it again"
        case .endsInNoDense(let name):
            "the model '\(name)' does not end in a dense layer of two units or more, by which its uncertainty is measured; end its "
                + "architecture in one"
        case .cannotLearn(let node, let operation):
            "the node '\(node)' ('\(operation)') comes behind a dynamic layer, and a device has no gradient of it; mark only layers behind "
                + "it as dynamic, or have the cloud make the weights"
        case .cannotLearnWhole(let node, let operation):
            "the node '\(node)' ('\(operation)') has weights, or values that were measured of all data, and a device can learn neither; all of "
                + "a model is learned on devices where only dense layers and convolutions have weights: leave the node out"
        case .wrongParameters(let expected, let found):
            "there are \(found) parameters, the model has \(expected); they belong to another architecture"
        case .nothingToLearn(let name):
            "the model '\(name)' has no dynamic layer to learn; mark a dense node with \"dynamic\": true"
        case .wrongExamples(let inputs, let targets):
            "there are \(inputs) examples and \(targets) targets; give at least one example, and one target for each"
        case .wrongExample(let number, let reason): "example \(number) cannot be learned: \(reason)"
        case .wrongLearning(let what, let value): "the \(what) is \(value); it must be a number above 0"
        case .stopped: "learning was stopped before its first step; give it more time"
        case .broken(let state):
            "the model cannot be compiled: \(state); this is a bug in MetaNetwork, please report it with the architecture"
        case .tooLarge(let bytes, let limit):
            "the model needs \(bytes) bytes of memory and may take \(limit); use a smaller one, or raise the limit"
        }
    }
}
