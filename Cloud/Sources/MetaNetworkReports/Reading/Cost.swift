/// How a cost is named: the one list of what tables and charts know of costs.
struct Cost: Sendable, Hashable {
    /// The key in results, for example `bytesDown`.
    let name: String

    /// The costs in the order of reports: the known ones first.
    static func ordered(_ names: some Sequence<String>) -> [Cost] {
        names.sorted { (place($0), $0) < (place($1), $1) }.map(Cost.init(name:))
    }

    /// What tables and charts show.
    var label: String { Self.labels[name] ?? Self.spelledOut(name) }

    /// Whether gains are drawn against it.
    var isWeighed: Bool { name == "refreshes" || name == "bytesDown" }

    private static let known: [(name: String, label: String)] = [
        ("rounds", "Rounds"), ("requests", "Requests"), ("refreshes", "Refreshes"), ("failures", "Failures"),
        ("bytesUp", "Bytes up"), ("codeBytes", "Codes up, bytes"), ("bytesDown", "Bytes down"),
        ("bytesBetween", "Bytes between devices"), ("fileBytes", "Model files, bytes"), ("basisBytes", "Basis, bytes"),
        ("latencyMilliseconds", "Latency, ms"),
        ("readyMilliseconds", "Weights wanted to in use, ms"), ("learningSeconds", "Learning on the device, s"),
        ("simulatedSeconds", "Simulated time, s"), ("iterationSeconds", "Of an iteration's rows, s"),
        ("computingSeconds", "Of parts that compute, s"), ("betweenSeconds", "Of messages between devices, s"),
        ("messageSeconds", "Of images and their gradients, s"), ("averagingSeconds", "Of averaging, s"),
        ("stepSeconds", "Of a step, s"), ("optimalStepSeconds", "Of a step at best, s"),
        ("twinDifference", "Largest difference from unsplit gradients"),
        ("exchangeSeconds", "Of sending rows, s"), ("recoverySeconds", "From new rows to the target, s"),
        ("codeRate", "Code rate, ρ"), ("movedRows", "Rows computed for others"),
        ("deviceMilliseconds", "Time of the device, ms"),
        ("deviceSteps", "Device steps"), ("deviceMultiplyAdds", "Multiply-adds of the device"),
        ("cloudMultiplyAdds", "Multiply-adds of the cloud"), ("parameters", "Parameters"),
        ("epsilon", "Privacy of a device, ε"), ("delta", "at δ"),
    ]
    private static let labels = Dictionary(uniqueKeysWithValues: known.map { ($0.name, $0.label) })
    private static let places = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($1.name, $0) })
    private static let units = [("Milliseconds", "ms"), ("Seconds", "s"), ("Bytes", "bytes")]

    private static func place(_ name: String) -> Int { places[name] ?? known.count }

    /// `latencyP99Milliseconds` as `Latency p99, ms`.
    private static func spelledOut(_ name: String) -> String {
        let unit = units.first { name.hasSuffix($0.0) && name.count > $0.0.count }
        var words = ""
        for character in unit.map({ name.dropLast($0.0.count) }) ?? name[...] {
            if character.isUppercase, !words.isEmpty { words += " " }
            words += words.isEmpty ? character.uppercased() : character.lowercased()
        }
        return unit.map { "\(words), \($0.1)" } ?? words
    }
}
