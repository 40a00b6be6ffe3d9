import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire

/// A model that ranks items: samples are ids, known by the vocabulary, and stand for rows of the history's table.
struct ItemKind: ModelKind {
    let vocabulary: ItemVocabulary

    /// Ids are small: as many as the log takes.
    var sampleLimit: Int { .max }

    var outputNames: [String] { [] }

    func classNames(of model: String) throws(ClientError) -> [String] {
        throw .invalidInput(reason: "the model '\(model)' tells no classes: it ranks items; ask it to rank")
    }

    func lesson(of examples: [LabelledInput], _ model: String) throws(ClientError) -> any Lesson {
        let reason =
            "the model '\(model)' ranks items and learns from what the user chose: ask it to learn without examples"
        throw .invalidInput(reason: reason)
    }

    func lesson(
        ofSamples samples: [RecentSamples.Known],
        contexts: [[Float]],
        limit: Int,
        _ graph: ModelGraph,
        seed: UInt64
    ) throws(ClientError) -> any Lesson {
        let lesson = ChoiceLesson(samples.map(\.index), contexts: contexts, limit: limit, graph, seed: seed)
        guard lesson.count > 0 else {
            let reason =
                "\(samples.count) of the recorded samples are items that the model '\(graph.architecture.name)' knows, and it learns "
                + "from two or more; record what the user chooses first"
            throw .invalidInput(reason: reason)
        }
        return lesson
    }

    func uncertaintyFault(_ device: borrowing DeviceModel) -> String? {
        DeviceModelError.ranksItems(device.graph.architecture.name).description
    }

    func text(ofItem id: String, _ limits: Limits) -> String? {
        !id.isEmpty && id.utf8.count <= limits.idBytes ? id : nil
    }

    func text(ofVector input: [Float], _ limits: Limits) -> String? { nil }

    func history(of events: [SampleEvents.Event]) -> [String] { events.map(\.item) }

    func meaning(of event: SampleEvents.Event, _ device: inout DeviceModel) -> RecentSamples.Meaning {
        guard let index = vocabulary.index(of: event.item) else { return (0, []) }
        return (index, [])
    }

    func embeddings(of samples: [RecentSamples.Known], _ device: borrowing DeviceModel) -> [[Float]] {
        var rows: [[Float]] = []
        for sample in samples {
            if let row = device.sampleEmbedding(of: sample.index) { rows.append(row) }
        }
        return rows
    }

    func write(
        _ samples: [RecentSamples.Known],
        _ embeddings: [[Float]],
        as upload: PersonalModel.Upload,
        to message: inout ParametersRequest
    ) {
        switch upload {
        case .ids: message.samples = samples.map(\.event.item)
        case .embeddings, .anchors: message.embeddings = embeddings
        }
    }
}
