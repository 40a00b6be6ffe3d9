import MetaNetwork
import MetaNetworkData
import MetaNetworkModels

extension TrainedModel {
    /// A base with patches that change nothing yet: they are its dynamic layers, and what was dynamic stays as it is.
    ///
    /// - Parameters:
    ///   - patches: Where they are, and how wide. What patches start with is drawn by the seed of the configuration.
    ///   - task: What the model was trained for.
    /// - Throws: ``MetaNetworkModels/ModelError/unsuitable(_:)`` where patches fit the model nowhere; `ArchitectureError`.
    package func patched(
        _ patches: GeneratorConfiguration.Patches,
        _ task: some LearningTask
    ) throws -> TrainedModel {
        let patched = try configuration.architecture.personalized(
            as: .patch,
            rank: patches.width,
            after: patches.after
        )
        var settings = configuration
        settings.architecture = patched.architecture
        let model = try JointModel(
            settings.architecture,
            generator: nil,
            itemCount: task.itemNames.count,
            seed: settings.seed
        )
        let parameters = model.network.parameters
        try parameters.assign(
            patched.weights(from: self.model.network.parameters.weights(), drawn: parameters.weights())
        )
        return TrainedModel(settings, model)
    }
}
