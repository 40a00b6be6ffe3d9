/// What a device and the cloud do where the images change all the time.
package enum AdaptingPolicy: String, Codable, Sendable, CaseIterable {
    /// Nothing: the device keeps its weights, and uploads nothing.
    case never
    /// U-VPA (arXiv 2212.00972): the device uploads the images that it is least sure of; the cloud sends a prompt after each batch and
    /// now and then weights.
    case full
    /// The same without the prompt.
    case weights
    /// The same without the weights.
    case prompt
    /// The control: images drawn by lot are uploaded.
    case random
    /// The control: the images that the device is surest of are uploaded.
    case least
    /// The control: the teacher's answers are those to other images of the same upload.
    case shuffled
    /// The control: steps of the prompt of one length, however unsure the device is.
    case plainStep = "plain-step"
    /// The control: each batch gets the prompt that was learned as many batches before as weights take to come, in another world.
    case otherPrompt = "other-prompt"
    /// The baseline: no teacher and no prompt; the student minimises the entropy of its own answers to what is uploaded. Tent does so
    /// (arXiv 2006.10726) with normalization layers alone, which a small network may not have; with all weights no step size helped on
    /// validation images.
    case entropy

    /// Whether devices with the SDK and `metanetwork adapt` can follow it.
    package var isOnDevices: Bool {
        switch self {
        case .never, .full, .weights, .prompt: true
        case .random, .least, .shuffled, .plainStep, .otherPrompt, .entropy: false
        }
    }

    /// Whether the device uploads images.
    package var uploads: Bool { self != .never }

    /// Whether a student learns, whose weights come down.
    package var sendsWeights: Bool { self != .never && self != .prompt }

    /// Whether a prompt comes down.
    var sendsPrompt: Bool {
        switch self {
        case .full, .prompt, .random, .least, .shuffled, .plainStep, .otherPrompt: true
        case .never, .weights, .entropy: false
        }
    }
}
