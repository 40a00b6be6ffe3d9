import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire

/// What a base model reads and gives: how samples are recorded, kept and sent, and what its outputs are called.
///
/// ``BaseModel`` decides once, when it is opened, which of the kinds it is; nobody asks for it later.
protocol ModelKind: Sendable {
    /// Maximum number of samples kept.
    var sampleLimit: Int { get }

    /// Names of the outputs, in their order; empty where the model has none.
    var outputNames: [String] { get }

    /// Names of the classes, in order of the outputs.
    ///
    /// - Parameter model: The model's name, for the message.
    /// - Throws: ``ClientError/invalidInput(reason:)`` where the model tells no classes.
    func classNames(of model: String) throws(ClientError) -> [String]

    /// What labelled inputs teach.
    ///
    /// - Parameter model: The model's name, for the message.
    /// - Throws: ``ClientError/invalidInput(reason:)`` where a label is none of the model's classes, or the model cannot be taught so.
    func lesson(of examples: [LabelledInput], _ model: String) throws(ClientError) -> any Lesson

    /// What recorded samples teach.
    ///
    /// - Parameters:
    ///   - samples: The samples that the model knows, oldest first.
    ///   - contexts: What the model read beside each, rows of its inputs; empty where it always reads what it does now.
    ///   - limit: Maximum number of examples: the latest ones.
    ///   - graph: The model.
    ///   - seed: What is drawn follows from it.
    /// - Throws: ``ClientError/invalidInput(reason:)`` where they are too few, or tell nothing of what is right.
    func lesson(
        ofSamples samples: [RecentSamples.Known],
        contexts: [[Float]],
        limit: Int,
        _ graph: ModelGraph,
        seed: UInt64
    ) throws(ClientError) -> any Lesson

    /// Why nobody can say how unsure the model is of an input; `nil` where the device can.
    ///
    /// - Parameter device: The model.
    func uncertaintyFault(_ device: borrowing DeviceModel) -> String?

    /// The text of a sample that is an item, as an event keeps it.
    ///
    /// - Returns: `nil` for an id that may not be recorded.
    func text(ofItem id: String, _ limits: Limits) -> String?

    /// The text of a sample that is a vector, as an event keeps it.
    ///
    /// - Returns: `nil` for a vector that may not be recorded.
    func text(ofVector input: [Float], _ limits: Limits) -> String?

    /// Raw ids of recorded samples.
    func history(of events: [SampleEvents.Event]) -> [String]

    /// What the model makes of a sample; the index is 0 for one that it does not know.
    func meaning(of event: SampleEvents.Event, _ device: inout DeviceModel) -> RecentSamples.Meaning

    /// What stands for each of some samples.
    ///
    /// - Returns: For each sample as many values as `ModelGraph.sampleWidth` says.
    func embeddings(of samples: [RecentSamples.Known], _ device: borrowing DeviceModel) -> [[Float]]

    /// Writes into a request what of the samples is sent.
    ///
    /// - Parameters:
    ///   - samples: The samples, oldest first.
    ///   - embeddings: Their embeddings.
    ///   - upload: What the configuration asks for.
    ///   - message: The request.
    func write(
        _ samples: [RecentSamples.Known],
        _ embeddings: [[Float]],
        as upload: PersonalModel.Upload,
        to message: inout ParametersRequest
    )
}
