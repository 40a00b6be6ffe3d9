import ArgumentParser
import Foundation
import MetaNetworkServer

/// `metanetwork keys`: what a service signs its answers with, and a publisher its models.
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
                A service's key signs what it answers. A publisher's key (--publisher) says which models devices run: `publish` takes it, and \
                it lies on no machine of a service. Apps pin both.

                The file is for its owner alone. A file that is there already is never replaced: apps that pinned its key \
                would refuse every answer.

                Examples:
                  metanetwork keys new keys/signing
                  metanetwork keys new keys/publisher --publisher
                """
        )

        @Argument(help: "The new file, in a folder that is there.")
        package var file: String

        @Flag(help: "A publisher's key, which signs models, in place of a service's.")
        package var publisher = false

        package init() {}

        package func run() throws {
            if publisher {
                let key = PublisherKey()
                try key.write(to: URL(fileURLWithPath: file))
                return print(key.greeting)
            }
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

        @Flag(help: "It is a publisher's key.")
        package var publisher = false

        package init() {}

        package func run() throws {
            let url = URL(fileURLWithPath: file)
            print(try publisher ? PublisherKey(contentsOf: url).greeting : SigningKey(contentsOf: url).greeting)
        }
    }
}

extension SigningKey {
    /// The line by which apps learn the public half.
    package var greeting: String { "public key \(id) \(publicKey)" }
}

extension PublisherKey {
    /// The line by which apps learn the public half.
    package var greeting: String { "publisher key \(id) \(publicKey)" }
}
