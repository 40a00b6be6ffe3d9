import MetaNetworkData

extension DeviceLife {
    /// Reads the key `devices` of a method.
    ///
    /// - Parameters:
    ///   - value: `{policy: every-20, count: 300, offline: 60%, packet-loss: 0%, guard: true, retirement: true}`; all but the policy
    ///     may be left out.
    ///   - variant: What is trained.
    init(_ value: YAMLValue, _ variant: ComparisonVariant) throws {
        guard variant.isTrained, variant.form != nil else {
            throw value.error(
                "'\(variant.rawValue)' makes no model with a generator, which 'devices' need; the policy 'never' is its base"
            )
        }
        let entry = try value.mapping("'devices'", keys: Self.keys)
        let policy = try entry.required("policy")
        self.init(
            policy: try policy.text("'policy'"),
            count: try entry["count"]?.integer("'count'", in: 1...1_000_000) ?? 300
        )
        do { _ = try SimulatedPolicy(named: self.policy) } catch { throw policy.error("\(error)") }
        offline = try Self.share(entry, "offline")
        packetLoss = try Self.share(entry, "packet-loss")
        isGuarded = try Self.flag(entry, "guard")
        retires = try Self.flag(entry, "retirement")
    }

    private static let keys = ["policy", "count", "offline", "packet-loss", "guard", "retirement"]

    private static func share(_ entry: YAMLMapping, _ key: String) throws -> Double {
        guard let text = try entry.optionalText(key) else { return 0 }
        guard let share = Share.read(text) else {
            throw try entry.required(key).error("'\(key)' is '\(text)': \(Share.remedy)")
        }
        return share.value
    }

    private static func flag(_ entry: YAMLMapping, _ key: String) throws -> Bool {
        guard let text = try entry.optionalText(key) else { return true }
        guard let flag = Bool(text) else {
            throw try entry.required(key).error("'\(key)' is '\(text)': write true or false")
        }
        return flag
    }
}
