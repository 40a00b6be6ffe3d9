import MetaNetwork

extension SampleEvents.Event {
    /// What the user agreed to when the sample was recorded: for what it may be used, and which text said so.
    public struct Consent: Codable, Sendable, Hashable {
        /// For what the sample may be used, in the operator's words, such as `recommendations`. Who trains reads the samples of one purpose.
        public var purpose: String
        /// Which text the user agreed to, such as `2026-03`.
        public var version: String

        /// Creates a consent. Both words must hold to ``isSpelled``: a service stores no sample with others.
        public init(purpose: String, version: String) { (self.purpose, self.version) = (purpose, version) }

        /// Whether purpose and version each have 1 to 64 ASCII letters, digits, `-`, `_` and `.`, and do not start with `.`.
        public var isSpelled: Bool { [purpose, version].allSatisfy(BundleLayout.isModelName) }

        /// How to fix a consent that is not spelled so.
        public static let fix =
            "purpose and version of a consent are each 1 to 64 letters, digits, '-', '_' and '.', not starting with '.'"
    }
}
