/// The command that was given, as a report repeats it.
enum Invocation {
    static var text: String {
        (["metanetwork"] + CommandLine.arguments.dropFirst()).map { argument in
            argument.allSatisfy { $0.isLetter || $0.isNumber || "-_./,=+:%".contains($0) } ? argument : "'\(argument)'"
        }.joined(separator: " ")
    }
}
