/// The values with the smallest keys of all that came: with random keys a uniform choice that does not depend on the order in which they came.
///
/// Memory: twice the limit.
struct SmallestKeys<Value> {
    private let limit: Int
    private var entries: [(key: UInt64, value: Value)] = []
    /// A larger key is not among them.
    private var bound = UInt64.max

    /// - Parameter limit: How many stay at most.
    init(limit: Int) { self.limit = limit }

    mutating func add(_ key: UInt64, _ value: @autoclosure () -> Value) {
        guard key <= bound else { return }
        entries.append((key, value()))
        if entries.count == 2 * limit { cut() }
    }

    /// What stays, in order of the keys.
    mutating func smallest() -> [(key: UInt64, value: Value)] {
        cut()
        return entries
    }

    private mutating func cut() {
        entries.sort { $0.key < $1.key }
        guard entries.count >= limit else { return }
        entries.removeLast(entries.count - limit)
        bound = entries.last?.key ?? bound
    }
}
