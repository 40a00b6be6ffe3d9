import MetaNetworkTraining
import MetaNetworkModels

extension Anchoring {
    /// Reads the key `anchors` of a method.
    ///
    /// - Parameters:
    ///   - value: `{count: 8, choice: medoids}`; medoids where the choice is left out.
    ///   - variant: What is trained.
    init(_ value: YAMLValue, _ variant: ComparisonVariant) throws {
        guard variant.isTrained, let form = variant.form, form.isServed else {
            throw value.error(
                "'\(variant.rawValue)' makes no model with a generator, which reads what 'anchors' chooses"
            )
        }
        let entry = try value.mapping("'anchors'", keys: ["count", "choice"])
        let text = try entry.optionalText("choice") ?? AnchorChoice.medoids.rawValue
        guard let choice = AnchorChoice(rawValue: text) else {
            let hint = NearestName.hint(text, among: AnchorChoice.allCases.map(\.rawValue), plural: "choices")
            throw try entry.required("choice").error("there is no choice '\(text)'; \(hint)")
        }
        self.init(count: try entry.required("count").integer("'count'", in: 1...10_000), choice: choice)
    }
}
