/// What becomes of the rows that a device has no time for.
struct RowSharing: Sendable, Equatable {
    /// In what form they are computed elsewhere.
    let form: Form
    /// Whether the server computes them, rather than neighbours.
    let usesServer: Bool

    enum Form: Sendable, Equatable {
        /// They stay: the slowest are waited for.
        case kept
        /// The slowest devices are not waited for, and nobody has their rows.
        case dropped
        /// They are sent as they are.
        case raw
        /// Some of them are sent, by lot.
        case sampled
        /// Random sums of them are sent.
        case coded
    }

    init(_ form: Form, usesServer: Bool = false) { (self.form, self.usesServer) = (form, usesServer) }

    /// Whether rows go elsewhere.
    var moves: Bool { form == .raw || hasRate }
    /// Whether fewer rows may go than there are, so that they are drawn by lot.
    var hasRate: Bool { form == .sampled || form == .coded }

    /// How far the weights that are learned from moved rows are from least squares, as a share of its error, where each device is like the
    /// others: with M of N rows in codes of ρ·M rows (1/ρ)·(M/N)·(d/N) for sums, with 1/ρ − 1 in place of 1/ρ for samples. Correlated
    /// features make it less.
    func floor(rate: Double, moved: Int, of rows: Int, width: Int) -> Double {
        guard hasRate else { return 0 }
        let share = Double(moved) / Double(rows) * Double(width) / Double(rows)
        return share * (form == .coded ? 1 / rate : 1 / rate - 1)
    }
}
