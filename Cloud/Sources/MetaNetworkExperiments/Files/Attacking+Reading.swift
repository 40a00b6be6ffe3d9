import MetaNetworkFederated
import MetaNetworkModels
import MetaNetworkTraining

extension Attacking {
    /// Samples of a made-up device where an experiment is only tried.
    private static let quickSamples = 40

    /// Reads the key `attacks` of a method.
    ///
    /// - Parameters:
    ///   - value: `{what: members}`, `{what: weights, noise: 0.5}` or `{what: embeddings, noise: 0.5}` (without noise where it is left
    ///     out), or `{what: training, devices: 1, samples: 2000, repeats: 800, defended: true}`, devices in percent.
    ///   - variant: What is trained.
    ///   - isQuick: Whether the experiment is only tried.
    init(_ value: YAMLValue, _ variant: ComparisonVariant, isQuick: Bool) throws {
        let entry = try value.mapping(
            "'attacks'",
            keys: ["what", "noise", "devices", "samples", "repeats", "defended"]
        )
        func refuse(_ keys: [String], beside what: String) throws {
            for key in keys {
                if let other = entry[key] { throw other.error("'\(key)' says nothing of '\(what)'; leave it out") }
            }
        }
        guard variant.isTrained else {
            throw value.error("'\(variant.rawValue)' trains no model that 'attacks' could attack")
        }
        switch try entry.text("what") {
        case "members":
            try refuse(["noise", "devices", "samples", "repeats", "defended"], beside: "members")
            self = .members
        case NoiseMechanism.weights.rawValue, NoiseMechanism.embeddings.rawValue:
            let what = try entry.text("what")
            try refuse(["devices", "samples", "repeats", "defended"], beside: what)
            guard variant.form?.isServed == true else {
                throw value.error("'\(variant.rawValue)' makes no model with a generator, which is uploaded to")
            }
            let mechanism: NoiseMechanism = what == NoiseMechanism.weights.rawValue ? .weights : .embeddings
            self = .uploads(mechanism, noise: try entry["noise"].map { try Self.noise($0) })
        case "training":
            try refuse(["noise"], beside: "training")
            guard variant.form?.encodesSamples != false else {
                throw value.error(
                    "'\(variant.rawValue)' has a vector of each user, also of made-up ones; leave 'attacks' out"
                )
            }
            let samples = try entry.required("samples").integer("'samples'", in: 1...1_000_000)
            let poisoning = Poisoning(
                share: Double(try entry.required("devices").integer("'devices', in percent,", in: 0...100)) / 100,
                samples: isQuick ? min(samples, Self.quickSamples) : samples,
                repeats: try entry.required("repeats").integer("'repeats'", in: 1...samples)
            )
            self = .training(poisoning, isDefended: try entry["defended"].map { try Self.truth($0) } ?? false)
        case let other:
            let hint = NearestName.hint(
                other,
                among: ["members", "weights", "embeddings", "training"],
                plural: "targets"
            )
            throw try entry.required("what").error("nothing attacks '\(other)'; \(hint)")
        }
    }

    private static func noise(_ value: YAMLValue) throws -> Double {
        guard let noise = Double(try value.text("'noise'")), (PrivacyAccountant.leastNoise...1_000).contains(noise)
        else {
            throw value.error(
                "'noise' must be a number from \(PrivacyAccountant.leastNoise) to 1000, over the largest change of a clipped vector"
            )
        }
        return noise
    }

    private static func truth(_ value: YAMLValue) throws -> Bool {
        guard let truth = Bool(try value.text("'defended'")) else {
            throw value.error("'defended' must be true or false")
        }
        return truth
    }
}
