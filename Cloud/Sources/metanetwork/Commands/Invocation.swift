/// The command that was given, as a report repeats it.
enum Invocation {
    static var text: String {
        (["metanetwork"] + CommandLine.arguments.dropFirst()).map(quoted).joined(separator: " ")
    }

    /// The tool as whoever started it named it, which is not on every `PATH`.
    static var tool: String { CommandLine.arguments.first.map(quoted) ?? "metanetwork" }

    /// An argument as a shell reads it.
    static func quoted(_ argument: String) -> String {
        argument.allSatisfy { $0.isLetter || $0.isNumber || "-_./,=+:%".contains($0) } ? argument : "'\(argument)'"
    }
}
