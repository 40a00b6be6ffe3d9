import MetaNetwork
import MetaNetworkCollaboration
import MetaNetworkModels
import MetaNetworkSettings
import MetaNetworkTraining

/// A way of making the model that a comparison puts beside others.
public enum ComparisonVariant: String, Codable, Sendable, CaseIterable {
    /// The base: no generator.
    case none
    /// Counting: the most popular items.
    case popularity
    /// Counting: items that share users with those of the history.
    case knn
    /// Counting: items that followed those of the history.
    case markov
    /// The base after gradient steps on each subject's own labelled examples.
    case fineTune = "fine-tune"
    /// The same with patches of the base, which start as nothing: all their values are the subject's own.
    case ownPatch = "own-patch"
    /// The base with a learned vector of each user, which knows no new user.
    case userEmbedding = "user-embedding"
    /// The generator's encoder as a ranker of its own, in the cloud, asked for each ranking: no device model, no weights.
    case cloud
    /// A control: no generator, but a device window as long as the generator's.
    case wide
    /// A control: the generator's z is one more input of a head whose weights are everybody's.
    case concat
    /// A control: no generator, but as many parameters as base and generator have together.
    case matched
    /// A control: the base on features that each device standardizes by its own unlabelled samples.
    case standardize
    /// The paper's form.
    case plain
    /// Generated weights added to global ones.
    case residual
    /// ``residual`` with the MetaStabilizer.
    case stabilized
    /// A generated shift of a base that is trained before.
    case offset
    /// A generated shift and scale of such a base.
    case film
    /// A generated change of few columns of such a base's layers.
    case lowrank
    /// A generated vector beside such a base's, with a table of its own.
    case vector
    /// Patches of such a base that a basis makes of a code of each device.
    case metaPatch = "meta-patch"
    /// A control: the same with a basis that is never trained.
    case randomPatch = "random-patch"
    /// The base, trained further on rows and on what the models of their devices say, which have learned codes.
    case momoDistill = "momo-distill"
    /// A control: the same with what the base itself said.
    case selfDistill = "self-distill"
    /// A baseline: the base, trained further on rows alone.
    case incremental

    /// What is done to measure a variant: the one list of what `measure` knows of it.
    enum Making {
        /// Trains a model with the settings of ``configuration(_:itemCount:)``; one that knows its users alone is not published.
        case trained(isPublished: Bool)
        /// The same, on devices that standardize their features.
        case trainedOnStandardized
        /// Counts the training part.
        case counted(CountingMethod)
        /// Adapts the trained base, or patches of it, to each subject.
        case adapted(isPatched: Bool)
        /// Trains the base further, after patches that devices learned.
        case distilled(DistillingTeacher)
    }

    /// How it is made.
    var making: Making {
        switch self {
        case .none, .wide, .concat, .matched, .plain, .residual, .stabilized, .offset, .film, .lowrank, .vector,
            .metaPatch,
            .randomPatch:
            .trained(isPublished: true)
        case .userEmbedding, .cloud: .trained(isPublished: false)
        case .standardize: .trainedOnStandardized
        case .popularity: .counted(.popularity)
        case .knn: .counted(.knn)
        case .markov: .counted(.markov)
        case .fineTune: .adapted(isPatched: false)
        case .ownPatch: .adapted(isPatched: true)
        case .momoDistill: .distilled(.devices)
        case .selfDistill: .distilled(.cloud)
        case .incremental: .distilled(.nobody)
        }
    }

    /// Whether it is a model of its own, trained on the data as they are: one that a device can run.
    public var isTrained: Bool { if case .trained(isPublished: true) = making { true } else { false } }

    /// Whether it counts the data, which is the same whatever the seed.
    var isCounted: Bool { if case .counted = making { true } else { false } }

    /// What it needs of a task, and why; `nil` where it suits all.
    private var requirement: (TaskRequirement, reason: String)? {
        switch self {
        case .none, .fineTune, .ownPatch, .concat, .matched, .plain, .residual, .stabilized, .offset, .film, .lowrank:
            nil
        case .vector: (.items, "meets a table of items")
        case .metaPatch, .randomPatch, .momoDistill, .selfDistill, .incremental:
            (.devices, "learns a code for each device of training")
        case .cloud: (.items, "ranks items with the generator's encoder")
        case .userEmbedding: (.items, "has a vector for each user of a ranking")
        case .popularity, .knn, .markov: (.items, "counts items")
        case .wide: (.items, "is a longer history of items")
        case .standardize: (.features, "standardizes the features of vectors")
        }
    }

    /// Checks that the variant suits a task, before anything is trained.
    ///
    /// - Throws: ``ConfigurationError``.
    package func check(_ task: some LearningTask) throws(ConfigurationError) {
        try check { task.meets($0) }
    }

    /// The same before the data are read.
    func check(_ task: TaskName) throws(ConfigurationError) {
        try check { needed in
            switch needed {
            case .items: task == .ranking
            case .features: task == .classification || task == .regression
            case .devices: task != .images
            }
        }
    }

    private func check(_ meets: (TaskRequirement) -> Bool) throws(ConfigurationError) {
        guard let (needed, reason) = requirement, !meets(needed) else { return }
        throw ConfigurationError("'\(rawValue)' \(reason); leave it out of this task")
    }

    /// The form of the generator; `nil` where there is none.
    public var form: GeneratorConfiguration.Form? {
        switch self {
        case .none, .popularity, .knn, .markov, .fineTune, .ownPatch, .wide, .matched, .standardize, .momoDistill,
            .selfDistill, .incremental:
            nil
        case .userEmbedding: .userEmbedding
        case .cloud: .cloud
        case .concat: .concat
        case .plain: .plain
        case .residual: .residual
        case .stabilized: .stabilized
        case .offset: .offset
        case .film: .film
        case .lowrank: .lowrank
        case .vector: .vector
        case .metaPatch: .metaPatch
        case .randomPatch: .randomPatch
        }
    }

    /// The variant that trains a form.
    package init(_ form: GeneratorConfiguration.Form) {
        guard let variant = Self.allCases.first(where: { $0.form == form }) else {
            preconditionFailure("no variant trains the form '\(form.rawValue)'")
        }
        self = variant
    }

    /// Whether it starts from the trained base of the same settings, ``none``.
    var startsFromBase: Bool {
        switch making {
        case .distilled, .adapted: true
        case .trained, .trainedOnStandardized, .counted: form?.added != nil
        }
    }

    /// Whether its generator starts from an encoder that is trained alone, ``cloud``.
    func startsFromEncoder(_ template: TrainingConfiguration) -> Bool {
        guard let form, form.isServed else { return false }
        return template.generator.map { $0.encoderEpochs > 0 } ?? false
    }

    /// What reports say of it.
    public var method: Method {
        switch self {
        case .none: Method(name: rawValue, label: "base", role: .base)
        case .popularity, .knn, .markov, .fineTune, .ownPatch, .userEmbedding, .cloud, .incremental:
            Method(name: rawValue, label: "\(rawValue) (baseline)", role: .baseline)
        case .wide, .concat, .matched, .standardize, .randomPatch, .selfDistill:
            Method(name: rawValue, label: "\(rawValue) (control)", role: .control)
        case .plain, .residual, .stabilized, .offset, .film, .lowrank, .vector, .metaPatch, .momoDistill:
            Method(name: rawValue, label: rawValue, role: .method)
        }
    }

    /// The settings of this variant.
    ///
    /// - Parameters:
    ///   - template: Settings whose generator gives the sizes; its form does not matter.
    ///   - itemCount: Number of items in the catalogue.
    /// - Throws: `ArchitectureError` or `ModelError` where the template is no valid model.
    package func configuration(_ template: TrainingConfiguration, itemCount: Int) throws -> TrainingConfiguration {
        if self == .cloud { return try template.ofEncoder(itemCount: itemCount) }
        var result = template
        let sizes = template.generator ?? GeneratorConfiguration()
        result.generator = form.map { form in
            var generator = sizes
            generator.form = form
            return generator
        }
        if self == .matched {
            var joint = template
            joint.generator = sizes
            result.architecture = try MatchedArchitecture(joint, itemCount: itemCount).architecture
        }
        if self == .wide {
            for index in result.architecture.inputs.indices where result.architecture.inputs[index].kind == .items {
                result.architecture.inputs[index].length = sizes.window
            }
        }
        return result
    }
}
