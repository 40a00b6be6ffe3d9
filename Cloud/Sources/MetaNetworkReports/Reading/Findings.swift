import MetaNetworkExperiments
import MetaNetworkMarkup

/// What was found in sentences: what each method under test gains over the base and over its controls, and what to do next.
struct Findings: Sendable {
    private let reading: ResultReading
    private let numbers: NumberText

    /// - Parameters:
    ///   - reading: The result.
    ///   - numbers: How numbers are written.
    init(_ reading: ResultReading, numbers: NumberText = .typographic) {
        (self.reading, self.numbers) = (reading, numbers)
    }

    /// A sentence for each method under test, about the first metric of the first set that methods differ in.
    var sentences: [String] {
        guard let gain = reading.gain else { return [] }
        return methods.compactMap { group, row -> String? in
            guard let base = difference(row, gain) else { return nil }
            let several = reading.groups.count > 1 ? "\(group.model), " : ""
            let others = controls(row, gain).map { "; \(words($0, against: $0.against))" }
            let metric = "\(gain.metric.label), \(gain.set.label)"
            return "\(several)\(row.method.label) (\(metric)): \(words(base, against: base.against))\(others.joined())."
        }
    }

    /// What to do next, in a sentence; `nil` where no method is compared with a base.
    var next: String? {
        guard let gain = reading.gain else { return nil }
        let found = methods.compactMap { _, row in
            difference(row, gain).map { (base: $0.verdict, controls: controls(row, gain).map(\.verdict)) }
        }
        guard !found.isEmpty else { return nil }
        if found.contains(where: { $0.base == .better && $0.controls.allSatisfy { $0 == .better } }) {
            return "Next: try it on devices with `metanetwork simulate`, and publish it to a share of them."
        }
        if found.contains(where: { $0.base == .better }) {
            return
                "Next: a control does as well or was not compared for certain; if it fits on the device, ship that instead."
        }
        guard found.contains(where: { $0.base != .unmeasured }) else {
            return "Next: measure it again with --seeds 3 or more, as one seed cannot tell a gain from chance."
        }
        return
            "Next: ship the base model alone, or try another form of weights (--generator) or more data: no gain was found."
    }

    private var methods: [(MethodGroup, MethodGroup.Row)] {
        reading.groups.flatMap { group in group.rows.filter { $0.method.role == .method }.map { (group, $0) } }
    }

    private func difference(_ row: MethodGroup.Row, _ gain: ResultReading.Subjects) -> Difference? {
        reading.result.difference(row.method.name, gain.set.name, gain.metric.name)
    }

    /// The differences from controls; those from other ways to the same end stand in the tables.
    private func controls(_ row: MethodGroup.Row, _ gain: ResultReading.Subjects) -> [Difference] {
        reading.result.furtherDifferences(row.method.name, gain.set.name, gain.metric.name).filter {
            reading.result.method($0.against)?.role == .control
        }
    }

    private func words(_ difference: Difference, against: String) -> String {
        let name = reading.result.method(against)?.label ?? against
        let interval = difference.low.written { low in
            difference.high.written { " \(numbers.interval(from: low, to: $0))" }
        }
        let change = numbers.signed(difference.mean) + interval
        return switch difference.verdict {
        case .better: "better than \(name), \(change)"
        case .worse: "worse than \(name), \(change)"
        case .unclear: "not to be told from \(name), \(change)"
        case .unmeasured: "\(change) from \(name), without an interval"
        }
    }
}
