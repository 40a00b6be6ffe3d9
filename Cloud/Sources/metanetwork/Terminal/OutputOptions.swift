import ArgumentParser
import Foundation

/// What every command prints.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON object on standard output and nothing else.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print results and errors only, no progress.")
    var quiet = false

    @Flag(help: "Draw progress without colours, as where NO_COLOR is set.")
    var noColor = false

    /// Prints a value as JSON.
    func printJSON(_ value: some Encodable) throws { try JSONOutput.write(value) }

    /// What a command of this program is told that is run on behalf of another: to print as much.
    var flags: [String] { (quiet || json ? ["--quiet"] : []) + (noColor ? ["--no-color"] : []) }

    /// Progress goes to standard error, and nowhere with `--quiet` or `--json`; warnings always do.
    var progress: ProgressReporter { progress(on: .standardError) }

    /// The same elsewhere.
    func progress(on sink: ProgressReporter.Sink) -> ProgressReporter {
        var sink = sink
        if noColor { sink.hasColour = false }
        return ProgressReporter(isQuiet: quiet || json, sink: sink)
    }
}

/// One JSON object with sorted keys; a number that is not finite becomes a string.
enum JSONOutput {
    static func data(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf",
            negativeInfinity: "-inf",
            nan: "nan"
        )
        return try encoder.encode(value)
    }

    /// Prints a value on standard output.
    static func write(_ value: some Encodable) throws { print(String(decoding: try data(value), as: UTF8.self)) }
}
