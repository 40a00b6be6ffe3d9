import MetaNetworkCollaboration
import MetaNetworkModels

extension Asking {
    /// Reads the key `asks` of a method.
    ///
    /// - Parameters:
    ///   - value: `{policy: intellectreq, ages: [5, 10, 20]}`.
    ///   - variant: What is trained.
    init(_ value: YAMLValue, _ variant: ComparisonVariant) throws {
        guard variant.isTrained, let form = variant.form, form.isServed else {
            throw value.error(
                "'\(variant.rawValue)' makes no model with a generator, whose weights 'asks' lets grow old"
            )
        }
        let entry = try value.mapping("'asks'", keys: ["policy", "ages"])
        let text = try entry.text("policy")
        guard let policy = AskingPolicy(rawValue: text) else {
            let hint = NearestName.hint(text, among: AskingPolicy.allCases.map(\.rawValue), plural: "policies")
            throw try entry.required("policy").error("there is no policy '\(text)'; \(hint)")
        }
        let list = try entry.required("ages")
        let ages = try list.list("'ages'").map { try $0.integer("an age", in: 1...1000) }
        guard !ages.isEmpty, Set(ages).count == ages.count else {
            throw list.error("'ages' must be one or more different numbers of samples, such as [5, 10, 20]")
        }
        self.init(policy: policy, ages: ages)
    }
}
