/// What a device learns of its labels, all of it by its own solver.
package enum LearnedPart: String, Codable, Sendable, CaseIterable {
    /// Nothing: the model as it came.
    case nothing
    /// Every dense layer.
    case all
    /// Patches of its own, which start as nothing: A as drawn, and B of zeros.
    case patch
    /// The code of the model's basis, from the mean code on.
    case code
    /// A control: it uses the code that a device of another group learned.
    case others

    /// Whether it needs a model with a basis.
    package var needsBasis: Bool { self == .code || self == .others }
}
