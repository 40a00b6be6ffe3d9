import ArgumentParser
import Foundation
import MetaNetworkServer
import MetaNetworkServing
import MetaNetworkSettings

/// `metanetwork registry`: what publishers have said of the models of a registry.
struct RegistryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry",
        abstract: "Sign what is released anew, and check what was signed.",
        subcommands: [Sign.self, Verify.self]
    )

    /// `metanetwork registry sign`.
    struct Sign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Sign what devices get of a model: before the last word ends, with another key, or for the first time.",
            discussion: """
                Devices take no version that its publisher has not signed, or that was signed too long ago. Nothing else of the releases \
                changes.

                To go over to another key, pin both in the apps, sign with the new one once the devices have such an app, and drop the old \
                one with a later app.

                Example:
                  metanetwork registry sign movies --registry registry --publisher-key keys/publisher
                """
        )

        @Argument(help: "Name of the model.")
        var model: String

        @OptionGroup var options: SigningOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let settings = try options.merged()
            guard case .by(let key, let seconds) = try settings.values(PublisherSettings.self).signing() else {
                throw ValidationError("to sign takes a key; give --publisher-key FILE")
            }
            let registry = try settings.registry()
            try await registry.sign(model, by: key, seconds: seconds)
            try RegistryCommand.show(await registry.audit(model), output)
        }
    }

    /// `metanetwork registry verify`.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Check that what a model's publishers signed is a whole chain, and what is released is what they signed.",
            discussion: """
                Exit status 2 where a statement was changed, taken out or signed by another key, where a released version is not \
                the one that was signed, or where the log parts from another one: that of GET /v1/models/MODEL/log, as somebody else gets \
                it, or a copy of before.

                Examples:
                  metanetwork registry verify movies --registry registry --publisher ID=BASE64
                  metanetwork registry verify movies --registry registry --log movies.log
                """
        )

        @Argument(help: "Name of the model.")
        var model: String

        @Option(help: ArgumentHelp("A key that may have signed; may be given several times.", valueName: "id=base64"))
        var publisher: [String] = []

        @Option(help: ArgumentHelp("The log as somebody else sees it, or as it was before.", valueName: "file"))
        var log: String?

        @OptionGroup var options: RegistryOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let registry = try options.merged().registry()
            let other = try log.map { path in
                guard let data = FileManager.default.contents(atPath: path) else {
                    throw ConfigurationError("there is no log \(path) that can be read")
                }
                return try ReleaseLog(data, of: model)
            }
            let audit = try await registry.audit(
                model,
                publishers: publisher.isEmpty ? nil : publisher,
                against: other
            )
            try RegistryCommand.show(audit, output)
        }
    }

    private static func show(_ audit: LogAudit, _ output: OutputOptions) throws {
        if output.json { return try output.printJSON(audit) }
        let end = Date(timeIntervalSince1970: Double(audit.expires)).formatted(.iso8601)
        let lines = [
            "\(audit.model): \(audit.statements) statements, the last \(audit.head.prefix(16)), \(audit.versions) versions as they were signed",
            "  the current version's ends at \(end)",
        ]
        print((lines + audit.keys.map { "  publisher key \($0)" }).joined(separator: "\n"))
    }
}
