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
        let contexts = EventContext.named(in: bundle.provenance.training[DataSettings.Settings.eventContext.key])
        inputs = try ModelGraph(bundle.manifest.architecture, itemCount: bundle.manifest.items).inputs
        moments = inputs.compactMap { input in
            contexts.first { $0.rawValue == input.name }.map { (input, $0) }
        }
        self.contexts = contexts
    }

    /// What a device with this version reads of the moment of a choice, as far as the data have it: the latest item of its history is the
    /// latest that the version knows.
    ///
    /// - Parameters:
    ///   - position: The choice, as an index into the items of the data.
    ///   - past: The choices before it.
    ///   - dataset: The choices, with their moments.
    ///   - knows: Whether the version knows an item, by its raw id.
    /// - Returns: As ``row(at:after:)``.
    func row(
        at position: Int,
        after past: Range<Int>,
        of dataset: InteractionDataset,
        knows: (String) -> Bool
    ) -> [Float]? {
        guard let known = dataset.moments else { preconditionFailure("the data keep their moments") }
        let latest = past.last { knows(dataset.itemNames[Int(dataset.items[$0]) - 1]) }
        return row(at: known.moment(position).time, after: known.moment(latest))
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
