import ArgumentParser
import Foundation

extension AsyncParsableCommand {
    /// Runs the command that the arguments name, as a program does: one of the project's own errors is told on standard error, and ends
    /// it with its status; the argument parser tells others, and of a misspelled command which one was probably meant.
    ///
    /// - Parameters:
    ///   - program: The program's name, which stands before the error.
    ///   - status: The status of one of the project's own errors; `nil` for others.
    package static func run(asProgram program: String, status: (any Error) -> ExitCode?) async {
        do {
            var command = try parseAsRoot()
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
        } catch {
            guard let status = status(error) else {
                guard exitCode(for: error) == .validationFailure,
                    let meant = correction(of: Array(CommandLine.arguments.dropFirst()))
                else {
                    exit(withError: error)
                }
                exit(withError: ValidationError(meant))
            }
            FileHandle.standardError.write(Data("\(program): \(ServiceFault.text(of: error))\n".utf8))
            exit(withError: status)
        }
    }
}
