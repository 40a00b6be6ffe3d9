import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkSettings

/// What a bundle's model reads of the moment of a choice.
struct BundleMoments {
    /// The contexts, as they were named in training.
    let contexts: [EventContext]
    /// All inputs of the model beside history and candidate.
    private let inputs: [ModelGraph.NamedInput]
    /// Those that are read of moments.
    private let moments: [(input: ModelGraph.NamedInput, context: EventContext)]

    init(_ bundle: ModelBundle) throws {
        let named = bundle.provenance.training[DataSettings.Settings.eventContext.key]
        let contexts = named.flatMap { [EventContext].read($0) } ?? []
        inputs = try ModelGraph(bundle.manifest.architecture, itemCount: bundle.manifest.items).inputs
        moments = inputs.compactMap { input in
            contexts.first { $0.rawValue == input.name }.map { (input, $0) }
        }
        self.contexts = contexts
    }

    /// What the model reads of the moments of choices, as far as these have them; `nil` where it reads nothing of them.
    ///
    /// - Parameter dataset: The choices, with their moments.
    func contexts(of dataset: InteractionDataset) throws -> InteractionContexts? {
        let known = moments.filter { dataset.has($0.context) }.map(\.input)
        return try known.isEmpty ? nil : InteractionContexts(inputs, events: EventContexts(dataset, inputs: known))
    }

    /// What the model reads of the moment of a ranking to come.
    ///
    /// - Parameters:
    ///   - time: When that is, in seconds since 1970; `nil` where nobody knows.
    ///   - latest: Time and event of the latest choice of the history, where these are known.
    /// - Returns: The row of all inputs, those of users missing; `nil` where the model reads nothing of moments.
    func row(at time: Double?, after latest: (time: Double?, event: String?)) -> [Float]? {
        guard !moments.isEmpty else { return nil }
        var row = [Float](repeating: .nan, count: inputs.reduce(0) { $0 + $1.shape.count })
        for (input, context) in moments {
            let values = context.values(at: time, after: latest, tokens: input.tokens ?? [])
            row.replaceSubrange(input.range, with: values)
        }
        return row
    }
}
