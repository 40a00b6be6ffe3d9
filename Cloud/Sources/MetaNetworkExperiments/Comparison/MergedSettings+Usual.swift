import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkSettings
import MetaNetworkTraining

/// What `train` and `compare` take where nobody says otherwise, after what `Experiments/` measured. Experiments' own defaults stay as they
/// are: what matters stands in their files.
extension MergedSettings {
    /// The generator that all of some models can take.
    ///
    /// - Parameters:
    ///   - models: Names of shipped architectures, or paths of JSON files; one that cannot be read, or learns no such task, is told
    ///     when it is.
    ///   - task: What they learn.
    package func usualVariant(of models: [String], _ task: TaskName) -> ComparisonVariant {
        let shipped: ShippedModelSettings = values()
        let forms = Set(
            models.map { name -> GeneratorConfiguration.Form in
                guard let architecture = try? shipped.architecture(name, nil) else { return .residual }
                return architecture.readsItems == (task == .ranking) ? architecture.usualForm : .residual
            }
        )
        return ComparisonVariant(forms.count == 1 ? forms.first ?? .residual : .residual)
    }

    /// Bases are trained to their end, and generators of rankings for weights that grow old.
    ///
    /// - Parameter variants: What is trained.
    package mutating func assumeMeasured(_ task: TaskName, _ variants: [ComparisonVariant]) {
        assume(TrainingConfiguration.Settings.decays, 2)
        guard task == .ranking else { return }
        assume(GeneratorConfiguration.Settings.ages, 20)
        if variants.contains(.vector) { assume(GeneratorConfiguration.Settings.dropout, 0.3) }
    }
}
