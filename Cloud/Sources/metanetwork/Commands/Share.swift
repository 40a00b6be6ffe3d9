import ArgumentParser

/// A share of something on the command line: `5%` or `0.05`.
struct Share: ExpressibleByArgument, Sendable {
    /// From 0 to 1.
    let value: Double

    /// A share that is known to be one.
    init(_ value: Double) { self.value = value }

    init?(argument: String) {
        let isPercent = argument.hasSuffix("%")
        guard let value = Double(isPercent ? String(argument.dropLast()) : argument),
            (0...(isPercent ? 100 : 1)).contains(value)
        else { return nil }
        self.value = isPercent ? value / 100 : value
    }

    var defaultValueDescription: String { "\(value)" }
}
