/// Why an expression has no value, or no interval.
struct Undecided: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
