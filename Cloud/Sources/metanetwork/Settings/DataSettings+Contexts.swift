import MetaNetwork
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkSettings

/// What a ranker reads beside history and candidate: of users, and of the moments of their choices.
extension DataSettings {
    /// The interactions with what a model reads beside them.
    ///
    /// - Parameters:
    ///   - dataset: The interactions.
    ///   - architecture: The model.
    /// - Throws: `DataError` where the profiles cannot be read, or the interactions lack times or events that the model reads;
    ///   ``ConfigurationError`` where profiles are missing, or the model has no input of a context that is named.
    func withContexts(
        _ dataset: InteractionDataset,
        for architecture: Architecture,
        _ progress: ProgressReporter
    ) throws -> InteractionDataset {
        let graph = try ModelGraph(architecture, itemCount: dataset.itemCount)
        try checkEventContext(graph)
        guard !graph.inputs.isEmpty else { return dataset }
        let names = Set(eventContext.map(\.rawValue))
        let moments = graph.inputs.filter { names.contains($0.name) }
        let events = try moments.isEmpty ? nil : EventContexts(dataset, inputs: moments)
        if let events, events.unknownEvents > 0 {
            progress.message(
                "what users did at \(events.unknownEvents) interactions is none of the tokens of 'previous', and counts as unknown"
            )
        }
        let users =
            try moments.count == graph.inputs.count ? nil : userContexts(graph, besides: names, dataset, progress)
        return dataset.with(InteractionContexts(graph.inputs, users: users, events: events))
    }

    /// The inputs by which a shipped model reads the contexts that are named.
    ///
    /// - Throws: `DataError` where the interactions lack times or events.
    func moment(_ dataset: InteractionDataset, _ progress: ProgressReporter) throws -> [Architecture.Input] {
        let (inputs, leftOut) = try EventContexts.inputs(of: eventContext, in: dataset)
        if leftOut > 0 {
            progress.message(
                "of what users did, the \(EventContext.mostTokens) most frequent are told apart as 'previous'; \(leftOut) others count as unknown"
            )
        }
        if let tokens = inputs.compactMap(\.tokens).first, tokens.count == 1 {
            progress.message(
                "all that the training part says users did is '\(tokens[0])', so 'previous' tells next to nothing; read more kinds of events, or leave "
                    + "it out of --\(Settings.eventContext.key)"
            )
        }
        return inputs
    }

    private func checkEventContext(_ graph: ModelGraph) throws(ConfigurationError) {
        guard
            let other = eventContext.first(where: { context in !graph.inputs.contains { $0.name == context.rawValue } })
        else { return }
        let (key, name) = (Settings.eventContext.key, graph.architecture.name)
        throw ConfigurationError(
            "--\(key) names '\(other.rawValue)', and '\(name)' has no such input; it reads \(graph.inputDescription): give it an input "
                + "'\(other.rawValue)' (docs/architectures.md), or leave that out of --\(key)"
        )
    }

    private func userContexts(
        _ graph: ModelGraph,
        besides names: Set<String>,
        _ dataset: InteractionDataset,
        _ progress: ProgressReporter
    ) throws -> UserContexts {
        guard let profiles else {
            let moments = graph.inputs.map(\.name).filter { EventContext(rawValue: $0) != nil && !names.contains($0) }
            let events =
                moments.isEmpty
                ? ""
                : ", and what it reads of the moment with --\(Settings.eventContext.key) \(moments.joined(separator: ","))"
            throw ConfigurationError(
                "'\(graph.architecture.name)' reads \(graph.inputDescription): give what is known of the users with "
                    + "--\(Settings.profiles.key) FILE\(events)"
            )
        }
        let url = try DataCatalog.resolve(profiles, as: .profiles)
        let contexts = try UserContexts(
            url,
            columns: profileColumns,
            inputs: graph.inputs,
            besides: names,
            of: dataset.userNames
        )
        if contexts.unknownUsers > 0 {
            progress.message("\(contexts.unknownUsers) users have no profile, so that nothing is known of them")
        }
        return contexts
    }
}
