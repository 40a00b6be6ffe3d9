import Metrics

/// The metrics of the service, each named once: those who record, export and show it agree.
enum ServiceMetric: String, CaseIterable {
    case requests = "metanetwork_requests_total"
    case requestSeconds = "metanetwork_request_seconds"
    case responseBytes = "metanetwork_response_bytes_total"
    case clients = "metanetwork_clients_total"
    case clientDevices = "metanetwork_client_devices_total"
    case refusals = "metanetwork_refusals_total"
    case batchSize = "metanetwork_batch_size"
    case batches = "metanetwork_batches_total"
    case queueSeconds = "metanetwork_queue_seconds"
    case computeInputSeconds = "metanetwork_compute_input_seconds"
    case computeInferSeconds = "metanetwork_compute_infer_seconds"
    case computeOutputSeconds = "metanetwork_compute_output_seconds"
    case answers = "metanetwork_answers_total"
    case rankings = "metanetwork_rankings_total"
    case generationFailures = "metanetwork_generation_failures_total"
    case weightsTooLong = "metanetwork_weights_too_long_total"
    case weightsNorm = "metanetwork_weights_norm"
    case samples = "metanetwork_samples_total"
    case choices = "metanetwork_choices_total"
    case unknownChoices = "metanetwork_choices_unknown_total"
    case choiceDevices = "metanetwork_choice_devices"
    case hitRate = "metanetwork_hit_rate"
    case gain = "metanetwork_ndcg"
    case candidateStops = "metanetwork_candidate_stops_total"
    case candidateStopFailures = "metanetwork_candidate_stop_failures_total"
    case versionFailures = "metanetwork_version_failures_total"
    case events = "metanetwork_events_total"
    case eventsRefused = "metanetwork_events_refused_total"
    case eventsOverdue = "metanetwork_events_overdue"
    case eventStoreBytes = "metanetwork_event_store_bytes"
    case eventCommitSeconds = "metanetwork_event_commit_seconds"
    case eventCommitMessages = "metanetwork_event_commit_messages"
    case federatedRound = "metanetwork_federated_round"
    case federatedDevices = "metanetwork_federated_devices"
    case federatedMissing = "metanetwork_federated_missing"
    case federatedUpdates = "metanetwork_federated_updates_total"
    case federatedRefused = "metanetwork_federated_refused_total"
    case federatedLost = "metanetwork_federated_lost_total"
    case spans = "metanetwork_spans_total"

    /// What it says, for those who look at the export.
    var help: String {
        switch self {
        case .requests: "Requests by route and status."
        case .requestSeconds: "Seconds from the head of a request to the head of its answer, by route."
        case .responseBytes: "Bytes of response bodies, by route."
        case .clients: "Requests of devices by the library that they say they use, and its release."
        case .clientDevices:
            "Requests for a manifest by the memory class of the device, in GiB, and the formats of numbers that its client reads, as it says."
        case .refusals: "Requests that were refused for who asked, or how often, by reason."
        case .batchSize: "Devices per batch."
        case .batches: "Batches by why they were dispatched."
        case .queueSeconds: "Seconds that the oldest request of a batch had waited."
        case .computeInputSeconds:
            "Seconds from a request's body to the queue: it is checked, and its items are looked up."
        case .computeInferSeconds: "Seconds that the model took for a batch."
        case .computeOutputSeconds: "Seconds to encode and sign the answers of a batch."
        case .answers: "Devices for which weights were generated, or inputs answered, by model and version."
        case .rankings:
            "Rankings for clients that cannot run the model, by model, version and the weights that ranked."
        case .generationFailures: "Devices for which no weights could be generated, by model and version."
        case .weightsTooLong: "Generated weights that are longer than devices take, by model and version."
        case .weightsNorm: "Euclidean norm of generated weights, by model and version."
        case .samples: "Samples in requests for weights by whether the version knows them, by model and version."
        case .choices: "Shared choices by the weights that had ranked them, by model and version."
        case .unknownChoices: "Shared choices of items that the version does not know, by model and version."
        case .choiceDevices: "Devices whose shared choices are counted, by model, version and group."
        case .hitRate:
            "Mean over devices of the share of choices that stood among the first ten, with its 95 % interval, by model, version and group."
        case .gain:
            "Mean over devices of the NDCG@10 of their choices, with its 95 % interval, by model, version and group."
        case .candidateStops: "Candidates that this service dropped, by model and reason."
        case .candidateStopFailures:
            "Times that a candidate was to be dropped and the registry did not let it, by model."
        case .versionFailures: "Versions that could not be loaded or failed their warm-up."
        case .events: "Shared samples that were stored, or repeated ones that had been stored before."
        case .eventsRefused: "Shared samples that were refused, by reason."
        case .eventsOverdue:
            "Shared samples that are too old and were kept, as too many would have been deleted at once."
        case .eventStoreBytes: "Bytes that shared samples take."
        case .eventCommitSeconds: "Seconds of a commit of shared samples."
        case .eventCommitMessages: "Messages per commit of shared samples."
        case .federatedRound: "The open round of a federation: so many models have been made."
        case .federatedDevices: "Devices that joined the open round, and those whose update has arrived."
        case .federatedMissing: "Updates that the open round still needs to end; above 0 it waits for devices."
        case .federatedUpdates: "Updates that count."
        case .federatedRefused: "Devices and updates that were refused, by reason."
        case .federatedLost: "Devices that had a turn in a round that ended without their update."
        case .spans: "Spans of traced requests that were sent to the collector, or dropped."
        }
    }
}

extension Counter {
    /// A counter of the service.
    convenience init(_ metric: ServiceMetric, _ dimensions: [(String, String)] = []) {
        self.init(label: metric.rawValue, dimensions: dimensions)
    }
}

extension Meter {
    /// A gauge of the service.
    convenience init(_ metric: ServiceMetric, _ dimensions: [(String, String)] = []) {
        self.init(label: metric.rawValue, dimensions: dimensions)
    }
}

extension Metrics.Timer {
    /// A timer of the service.
    convenience init(_ metric: ServiceMetric, _ dimensions: [(String, String)] = []) {
        self.init(label: metric.rawValue, dimensions: dimensions)
    }
}

extension Recorder {
    /// A histogram of the service.
    convenience init(_ metric: ServiceMetric, _ dimensions: [(String, String)] = []) {
        self.init(label: metric.rawValue, dimensions: dimensions)
    }
}
