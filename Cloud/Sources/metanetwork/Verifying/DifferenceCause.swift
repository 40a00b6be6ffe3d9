import MetaNetwork
import MetaNetworkBundles

/// What commonly makes the same training give other bytes.
struct DifferenceCause: Encodable {
    /// A setting, or another thing that differs.
    let name: String
    /// What it was when the bundle was trained; `nil` where nobody knows.
    let value: String?
    /// What it was when it was trained again; `nil` where nobody knows.
    let valueAgain: String?

    /// The causes that two provenances show, and the kind of processor, which none does.
    ///
    /// - Parameters:
    ///   - bundle: What a bundle says of its training.
    ///   - again: The same of its repetition.
    ///   - threads: Key of the number of threads.
    ///   - passedOver: Keys of settings that name places, and change no byte.
    static func all(
        of bundle: BundleProvenance,
        _ again: BundleProvenance,
        threads: String,
        passedOver: Set<String>
    ) -> [DifferenceCause] {
        let (old, new) = (bundle.training, again.training)
        let keys = Set(old.keys).union(new.keys).subtracting(passedOver)
        let first = [ModelBundle.tool, threads].filter { old[$0] != new[$0] || isUnsteady($0, old[$0], threads) }
        let others = keys.subtracting([ModelBundle.tool, threads]).filter { old[$0] != new[$0] }.sorted()
        return (first + others).map { DifferenceCause(name: $0, value: old[$0], valueAgain: new[$0]) }
            + [DifferenceCause(name: processor, value: nil, valueAgain: nil)]
    }

    private static let processor = "processor"

    /// Several threads may add in another order each time.
    private static func isUnsteady(_ key: String, _ value: String?, _ threads: String) -> Bool {
        key == threads && value != "1"
    }

    /// A line for people.
    var text: String {
        guard name != Self.processor else {
            return "\(name): LibTorch computes otherwise on another kind, and bundles do not say which it was"
        }
        guard value != valueAgain else { return "\(name): \(value ?? "not recorded") each time, and 1 alone repeats" }
        return "\(name): \(value ?? "not recorded"), \(valueAgain ?? "not recorded") again"
    }
}
