import ArgumentParser
import MetaNetworkData

extension ParsableCommand {
    /// What was probably meant where a word stands in place of a command: `there is no command 'data chek'; did you mean 'data check'?`.
    ///
    /// - Parameter arguments: What follows the program's name.
    /// - Returns: `nil` where each word that should be a command is one, or is near none.
    package static func correction(of arguments: [String]) -> String? {
        var (command, path): (any ParsableCommand.Type, [String]) = (self, [])
        for word in arguments {
            let known = command.configuration.subcommands
            if let next = known.first(where: { $0._commandName == word }) {
                command = next
                path.append(word)
                continue
            }
            let names = known.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
            guard let near = EditDistance.nearest(to: word, among: names) else { return nil }
            func text(_ last: String) -> String { (path + [last]).joined(separator: " ") }
            return "there is no command '\(text(word))'; did you mean '\(text(names[near]))'?"
        }
        return nil
    }
}
