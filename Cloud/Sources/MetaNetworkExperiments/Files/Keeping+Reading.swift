import MetaNetworkModels

extension Keeping {
    /// Reads the key `keeps` of a method.
    ///
    /// - Parameters:
    ///   - value: `{policy: every-10}`.
    ///   - variant: What is trained.
    init(_ value: YAMLValue, _ variant: ComparisonVariant) throws {
        guard variant.isTrained, let form = variant.form, form.isServed else {
            throw value.error("'\(variant.rawValue)' makes no model with a generator, whose weights 'keeps' keeps")
        }
        let entry = try value.mapping("'keeps'", keys: ["policy"])
        let policy = try entry.required("policy")
        self.init(policy: try policy.text("'policy'"))
        let known: SimulatedPolicy
        do { known = try SimulatedPolicy(named: self.policy) } catch { throw policy.error("\(error)") }
        guard known.learning == nil else {
            throw policy.error("'\(self.policy)' makes no weights to keep by a request; use another policy")
        }
        guard !known.readsClock else {
            throw policy.error("'\(self.policy)' goes by the time, and a stream of inputs has none; use another policy")
        }
    }
}
