/// A way of making the model that an experiment measures: the base, what it is compared with, or a method under test.
///
/// Reports show the label and group by the role; nothing compares names.
public struct Method: Codable, Sendable, Hashable {
    /// Unique in an experiment, for example `sasrec/stabilized`, or `stabilized` where there is one model.
    public var name: String
    /// What tables and charts show.
    public var label: String
    /// What it is there for.
    public var role: Role

    /// Creates a method.
    public init(name: String, label: String, role: Role) {
        (self.name, self.label, self.role) = (name, label, role)
    }

    /// What a method is there for, in the order in which reports show them.
    public enum Role: String, Codable, Sendable, CaseIterable {
        /// What all others are compared with.
        case base
        /// Has the same means as a method but not its idea, so that a gain of the method over it is the idea's.
        case control
        /// Another way to the same end, for example counting.
        case baseline
        /// Under test.
        case method
    }
}
