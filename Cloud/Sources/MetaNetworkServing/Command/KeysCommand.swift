import ArgumentParser
import Foundation
import MetaNetworkServer

/// `metanetwork keys`: the key that a service signs with.
package struct KeysCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make and show signing keys.",
        subcommands: [New.self, Show.self]
    )

    package init() {}

    /// `metanetwork keys new`.
    package struct New: ParsableCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Make a signing key, and print its public half for apps to pin.",
            discussion: """
                The file is for its owner alone. A file that is there already is never replaced: apps that pinned its key \
                would refuse every answer.

                Example:
                  metanetwork keys new keys/signing
                """
        )

        @Argument(help: "The new file, in a folder that is there.")
        package var file: String

        package init() {}

        package func run() throws {
            let key = SigningKey()
            try key.write(to: URL(fileURLWithPath: file))
            print(key.greeting)
        }
    }

    /// `metanetwork keys show`.
    package struct Show: ParsableCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Print the public half of a signing key.",
            discussion: "Example:\n  metanetwork keys show keys/signing"
        )

        @Argument(help: "The file of the key.")
        package var file: String

        package init() {}

        package func run() throws { print(try SigningKey(contentsOf: URL(fileURLWithPath: file)).greeting) }
    }
}

extension SigningKey {
    /// The line by which apps learn the public half.
    package var greeting: String { "public key \(id) \(publicKey)" }
}
