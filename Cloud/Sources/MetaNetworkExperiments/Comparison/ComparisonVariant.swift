import MetaNetwork
import MetaNetworkModels
import MetaNetworkTraining

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

    /// The form of the generator; `nil` where there is none.
    public var form: GeneratorConfiguration.Form? {
        switch self {
        case .none, .wide: nil
        case .plain: .plain
        case .residual: .residual
        case .stabilized: .stabilized
        }
    }

    /// What reports say of it.
    public var method: Method {
        switch self {
        case .none: Method(name: rawValue, label: "base", role: .base)
        case .wide: Method(name: rawValue, label: "wide (control)", role: .control)
        case .plain, .residual, .stabilized: Method(name: rawValue, label: rawValue, role: .method)
        }
    }

    /// The settings of this variant.
    ///
    /// - Parameter template: Settings whose generator gives the sizes; its form does not matter.
    public func configuration(_ template: TrainingConfiguration) -> TrainingConfiguration {
        var result = template
        let sizes = template.generator ?? GeneratorConfiguration()
        result.generator = form.map { form in
            var generator = sizes
            generator.form = form
            return generator
        }
        if self == .wide {
            for index in result.architecture.inputs.indices where result.architecture.inputs[index].kind == .items {
                result.architecture.inputs[index].length = sizes.window
            }
        }
        return result
    }
}
