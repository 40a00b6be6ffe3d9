import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire

/// A model over vectors: samples are its inputs, kept as text, and stand for what the model's `sample` node makes of them.
struct VectorKind: ModelKind {
    let outputs: BundleManifest.Outputs
    /// Number of recent samples that the service reads, 0 or more.
    let window: Int

    /// Vectors are large: no more than twice what the generator reads.
    var sampleLimit: Int { max(1, window.addingReportingOverflow(window).overflow ? .max : 2 * window) }

    var outputNames: [String] { outputs.names }

    func classNames(of model: String) throws(ClientError) -> [String] {
        guard outputs.kind == .classification else {
            let reason = "the model '\(model)' tells no classes: it predicts values; ask for outputs(of:)"
            throw .invalidInput(reason: reason)
        }
        return outputs.names
    }

    func lesson(of examples: [LabelledInput], _ model: String) throws(ClientError) -> any Lesson {
        LabelledLesson(inputs: examples.map(\.input), targets: try outputs.targets(of: examples, model))
    }

    func lesson(
        ofSamples samples: [RecentSamples.Known],
        contexts: [[Float]],
        limit: Int,
        _ graph: ModelGraph,
        seed: UInt64
    ) throws(ClientError) -> any Lesson {
        let reason =
            "nothing tells what is right for the recorded inputs of '\(graph.architecture.name)'; give labelled examples to learn from"
        throw .invalidInput(reason: reason)
    }

    /// How far answers lie apart is measured of the probabilities of classes.
    func uncertaintyFault(_ device: borrowing DeviceModel) -> String? {
        let name = device.graph.architecture.name
        guard outputs.kind == .classification else {
            return "the model '\(name)' predicts values, and how unsure a model is is known of classes alone"
        }
        return device.measuresUncertainty ? nil : DeviceModelError.endsInNoDense(name).description
    }

    func text(ofItem id: String, _ limits: Limits) -> String? { nil }

    func text(ofVector input: [Float], _ limits: Limits) -> String? {
        let text = VectorText.text(input)
        return text.utf8.count <= limits.vectorBytes ? text : nil
    }

    /// A vector has no id.
    func history(of events: [SampleEvents.Event]) -> [String] { [] }

    /// The index is 1 for every input that the model can read.
    func meaning(of event: SampleEvents.Event, _ device: inout DeviceModel) -> RecentSamples.Meaning {
        guard let input = VectorText.vector(event.item), let embedding = try? device.sample(of: input),
            embedding.allSatisfy(\.isFinite)
        else { return (0, []) }
        return (1, embedding)
    }

    func embeddings(of samples: [RecentSamples.Known], _ device: borrowing DeviceModel) -> [[Float]] {
        samples.map(\.embedding)
    }

    /// An input has no id that could be sent: the embeddings are, or some of them that stand for all.
    func write(
        _ samples: [RecentSamples.Known],
        _ embeddings: [[Float]],
        as upload: PersonalModel.Upload,
        to message: inout ParametersRequest
    ) {
        guard case .anchors(let count) = upload else {
            message.embeddings = embeddings
            return
        }
        let anchors = Anchors(of: embeddings, count: count)
        message.embeddings = anchors.indices.map { embeddings[$0] }
        message.counts = anchors.counts
    }
}
