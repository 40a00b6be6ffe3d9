import MetaNetworkCollaboration

extension Deferring {
    /// Reads the key `defers` of a method.
    ///
    /// - Parameters:
    ///   - value: `{policy: switcher, cloud: models/watch-cloud.json, device-columns: 6, over: http}`; without columns the device's model reads all,
    ///     and without the last all happens in one process.
    ///   - variant: What is trained.
    init(_ value: YAMLValue, _ variant: ComparisonVariant) throws {
        guard variant == .none else {
            throw value.error("'defers' is between two models without a generator; write the variant none")
        }
        let entry = try value.mapping("'defers'", keys: ["policy", "cloud", "device-columns", "over"])
        let text = try entry.text("policy")
        guard let policy = DeferringPolicy(rawValue: text) else {
            let hint = NearestName.hint(text, among: DeferringPolicy.allCases.map(\.rawValue), plural: "policies")
            throw try entry.required("policy").error("there is no policy '\(text)'; \(hint)")
        }
        let served = DeferringPolicy.allCases.filter(\.isOnDevices).map(\.rawValue)
        let isServed = try entry.isServed(text, among: served)
        self.init(
            policy: policy,
            cloud: try entry.text("cloud"),
            deviceColumns: try entry["device-columns"]?.integer("'device-columns'", in: 1...100_000),
            isServed: isServed
        )
    }
}
