import MetaNetwork
import MetaNetworkTraining

/// A method of an experiment: how it is made, and what reports say of it.
package struct ExperimentMethod {
    /// What reports say of it; the name is unique in the experiment.
    package let method: Method
    /// What reports group by: its model, or that of the base that it is compared with.
    package let group: String
    /// The way of training.
    package let variant: ComparisonVariant
    /// The settings of its training but for the variant and the seed.
    package let template: TrainingConfiguration
    /// What its records are of, but for the seed; `nil` where none are kept.
    package let key: RecordKey?
    /// Keys of the settings that nobody gave.
    package let defaults: Set<String>
    /// How test users live as devices; `nil` where they are ranked for in one process.
    package let devices: DeviceLife?
    /// Before which rankings devices ask for new weights; `nil` where all weights are fresh.
    package let asks: Asking?
    /// When the device that changes its wearer asks for weights to keep; `nil` where none does.
    package let keeps: Keeping?
    /// What test devices learn from a few labels; `nil` where they are told none.
    package let learns: Learning?
    /// Which samples of a device stand for all; `nil` where all are uploaded.
    package let anchors: Anchoring?
    /// What attacks its model or what that is trained on; `nil` for nothing.
    package let attacks: Attacking?
    /// How it is measured with the device's own runtime; `nil` where it is not.
    package let onDevice: OnDevice?
    /// Which inputs a larger model in the cloud answers, and that model; `nil` where the device answers all.
    package let defers: (Deferring, cloud: Architecture)?
    /// How the device adapts to images that change, and the cloud's model; `nil` where they do not.
    package let adapts: (Adapting, teacher: Architecture)?
    /// How devices learn together without gathering their data; `nil` where data are gathered.
    package let federates: FederateSettings?

    package init(
        _ method: Method,
        group: String,
        variant: ComparisonVariant,
        template: TrainingConfiguration,
        devices: DeviceLife? = nil,
        asks: Asking? = nil,
        keeps: Keeping? = nil,
        learns: Learning? = nil,
        anchors: Anchoring? = nil,
        attacks: Attacking? = nil,
        onDevice: OnDevice? = nil,
        defers: (Deferring, cloud: Architecture)? = nil,
        adapts: (Adapting, teacher: Architecture)? = nil,
        federates: FederateSettings? = nil,
        key: RecordKey? = nil,
        defaults: Set<String> = []
    ) {
        (self.method, self.group, self.variant) = (method, group, variant)
        (self.template, self.devices, self.asks, self.defers) = (template, devices, asks, defers)
        (self.keeps, self.learns, self.anchors, self.attacks) = (keeps, learns, anchors, attacks)
        (self.onDevice, self.adapts, self.federates) = (onDevice, adapts, federates)
        (self.key, self.defaults) = (key, defaults)
    }

    /// The methods of a comparison: each variant of each model, the base first whether or not it is listed.
    ///
    /// - Parameters:
    ///   - templates: The models, each with the settings that its variants share.
    ///   - variants: The variants.
    package static func comparison(
        _ templates: [TrainingConfiguration],
        _ variants: [ComparisonVariant]
    ) -> [ExperimentMethod] {
        templates.flatMap { template in
            ([.none] + variants.filter { $0 != .none }).map { variant in
                let model = template.architecture.name
                var method = variant.method
                if templates.count > 1 { method.name = "\(model)/\(method.name)" }
                return ExperimentMethod(method, group: model, variant: variant, template: template)
            }
        }
    }
}

/// One method with one seed.
package struct ExperimentRun {
    /// Number of the run, from 1.
    package let number: Int
    /// Number of all runs.
    package let count: Int
    /// The method.
    package let method: ExperimentMethod
    /// The seed.
    package let seed: UInt64

    /// Its name.
    var name: RunName { RunName(method: method.method.name, seed: seed) }

    /// What its record is of.
    ///
    /// - Precondition: The method's records are kept.
    var key: RecordKey {
        guard var key = method.key else { preconditionFailure("a method whose records are kept has a key") }
        key.seed = seed
        return key
    }
}
