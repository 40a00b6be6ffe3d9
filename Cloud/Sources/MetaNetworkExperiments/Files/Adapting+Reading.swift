import MetaNetworkCollaboration

extension Adapting {
    /// Images of each corruption where an experiment is only tried: one batch.
    private static let quickImages = 40

    /// Reads the key `adapts` of a method.
    ///
    /// - Parameters:
    ///   - value: `{policy: full, teacher: models/digits-teacher.json, lag: 10, upload: 20, images: 400, over: http}`; all but policy and
    ///     teacher may be left out. Without `over` device and cloud are in one process.
    ///   - variant: What is trained.
    ///   - isQuick: Whether the experiment is only tried.
    init(_ value: YAMLValue, _ variant: ComparisonVariant, isQuick: Bool) throws {
        guard variant == .none else {
            throw value.error("'adapts' is of a model without a generator; write the variant none")
        }
        let entry = try value.mapping("'adapts'", keys: ["policy", "teacher", "lag", "upload", "images", "over"])
        let text = try entry.text("policy")
        guard let policy = AdaptingPolicy(rawValue: text) else {
            let hint = NearestName.hint(text, among: AdaptingPolicy.allCases.map(\.rawValue), plural: "policies")
            throw try entry.required("policy").error("there is no policy '\(text)'; \(hint)")
        }
        let served = AdaptingPolicy.allCases.filter(\.isOnDevices).map(\.rawValue)
        let isServed = try entry.isServed(text, among: served)
        let images = try entry["images"]?.integer("'images'", in: 1...100_000) ?? 400
        self.init(
            policy: policy,
            teacher: try entry.text("teacher"),
            lag: try entry["lag"]?.integer("'lag'", in: 1...1000) ?? 10,
            upload: try entry["upload"]?.integer("'upload', in percent,", in: 1...100) ?? 20,
            images: isQuick ? min(images, Self.quickImages) : images,
            isServed: isServed
        )
    }
}
