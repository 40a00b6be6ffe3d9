extension MeasuredMethod {
    /// What the method does, in a sentence for somebody who has not read the documentation; `nil` of one that is none of a comparison.
    public var explanation: String? {
        let last = name.split(separator: "/").last.map(String.init) ?? name
        return ComparisonVariant(rawValue: last)?.explanation
    }
}

extension ComparisonVariant {
    /// What it does, in a sentence.
    var explanation: String {
        switch self {
        case .none, .popularity, .knn, .markov, .fineTune, .ownPatch, .userEmbedding, .cloud, .incremental:
            comparing
        case .wide, .concat, .matched, .standardize, .randomPatch, .selfDistill: controlling
        case .plain, .residual, .stabilized, .offset, .film, .lowrank, .vector, .metaPatch, .momoDistill: generating
        }
    }

    private var comparing: String {
        switch self {
        case .popularity: "Counts: what most people chose comes first."
        case .knn: "Counts: items that were chosen by the same people as those of the history come first."
        case .markov: "Counts: items that followed those of the history come first."
        case .fineTune: "Each device trains the base further, by gradient steps on its own labelled examples."
        case .ownPatch: "Each device trains small additions to the base on its own labelled examples."
        case .userEmbedding: "The base with a learned vector of each user; it knows nobody who is new."
        case .cloud: "A larger model in the cloud makes each ranking, so that each takes a request."
        case .incremental: "The base, trained further on the same rows."
        default: "One model for all: what everything else is compared with."
        }
    }

    private var controlling: String {
        switch self {
        case .wide: "No generated weights: the base reads as long a history as the generator does."
        case .concat:
            "No generated weights: what the generator understood of the samples is one more input of the base."
        case .matched: "No generated weights: one larger model with as many weights as base and generator together."
        case .standardize:
            "No generated weights: each device scales its inputs by the mean and spread of its own samples."
        case .randomPatch: "A device learns a code, and a basis that was drawn at random makes weights of it."
        default: "The base, trained further on what it said itself."
        }
    }

    private var generating: String {
        switch self {
        case .plain: "The generator makes the last layers' weights from a device's samples, as in the paper."
        case .stabilized: "As residual, with the paper's MetaStabilizer, which joins several generators while training."
        case .offset: "The generator shifts the last layers of a finished base."
        case .film: "The generator scales and shifts what the last layers of a finished base give."
        case .lowrank: "The generator changes a few directions of the last layers of a finished base."
        case .vector: "The generator makes one short vector, beside a finished base that is left as it is."
        case .metaPatch: "A device learns a code of a few values, and a learned basis makes weights of it."
        case .momoDistill: "The base, trained further on what the models of devices say."
        default: "The generator makes what is added to the last layers' weights, from a device's samples."
        }
    }
}
