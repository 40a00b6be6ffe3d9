import MetaNetworkModels

extension OnDevice {
    /// Reads the key `on-device` of a method.
    ///
    /// - Parameters:
    ///   - value: `{steps: 20, labels: 2}` for `fine-tune`, all labels where they are left out; `{}` for a method with a generator.
    ///   - variant: What is trained.
    init(_ value: YAMLValue, _ variant: ComparisonVariant) throws {
        if variant == .fineTune {
            let entry = try value.mapping("'on-device'", keys: ["steps", "labels"])
            self.init(
                steps: try entry.required("steps").integer("'steps'", in: 1...10_000),
                labels: try entry["labels"].map { try $0.integer("'labels'", in: 1...10_000) }
            )
            return
        }
        guard variant.isTrained, let form = variant.form, form.isServed else {
            throw value.error(
                "'\(variant.rawValue)' neither learns on a device nor has a generator; give 'on-device' to fine-tune or to one that has"
            )
        }
        _ = try value.mapping("'on-device'", keys: [])
        self.init()
    }
}
