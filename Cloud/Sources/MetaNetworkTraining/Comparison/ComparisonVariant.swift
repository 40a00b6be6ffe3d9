import MetaNetwork

/// A way of training a device model that a comparison puts beside others.
public enum ComparisonVariant: String, Codable, Sendable, CaseIterable {
    /// The base: no generator.
    case none
    /// The fair control: no generator, but a device window as long as the generator's.
    case wide
    /// The paper's form.
    case plain
    /// Generated weights added to global ones.
    case residual
    /// ``residual`` with the MetaStabilizer.
    case stabilized

    /// The settings of this variant.
    ///
    /// - Parameter template: Settings whose generator gives the sizes; its form does not matter.
    public func configuration(_ template: TrainingConfiguration) -> TrainingConfiguration {
        var result = template
        let sizes = template.generator ?? GeneratorConfiguration()
        switch self {
        case .none: result.generator = nil
        case .wide:
            result.generator = nil
            for index in result.architecture.inputs.indices where result.architecture.inputs[index].kind == .items {
                result.architecture.inputs[index].length = sizes.window
            }
        case .plain, .residual, .stabilized:
            result.generator = sizes
            result.generator?.form = GeneratorConfiguration.Form(rawValue: rawValue) ?? .stabilized
        }
        return result
    }
}
