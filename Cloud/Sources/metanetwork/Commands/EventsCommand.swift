import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkServer
import MetaNetworkSettings
import MetaNetworkWire

/// `metanetwork events`: what an operator does with the samples that devices shared.
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract:
            "Export or delete what a device shared; back the shared samples up and restore them; list their consents.",
        subcommands: [Export.self, Delete.self, Backup.self, Restore.self, Consents.self]
    )

    /// `metanetwork events export`.
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print all that is stored of a device, a JSON object a line.",
            discussion: """
                The service may go on writing. What is damaged in S3 is left out: it is named on standard error, and the exit status is 3.

                Example:
                  metanetwork events export --events events.sqlite --device 5b8c2f0a-… > device.jsonl
                """
        )

        @Option(help: "Id of the device.")
        var device: String

        @OptionGroup var options: EventsOptions

        func run() throws {
            let store = try options.merged().events().read()
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try store.forEachEvent(ofDevice: device) { event in
                print(String(decoding: try encoder.encode(event), as: UTF8.self))
            }
            // Whoever asked for all must not take the rest for it.
            guard let damaged = try store.leftOut(of: nil) else { return }
            let progress = ProgressReporter(isQuiet: false)
            for object in damaged.objects {
                let events = "\(object.events) events, of whichever devices"
                progress.warn("left out: \(events), in \(object.key), which is damaged")
            }
            throw ExitStatus.incomplete
        }
    }

    /// `metanetwork events delete`.
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete all that is stored of a device, for good, as if the device had asked.",
            discussion: """
                The deletion is noted first, in FILE.deletions or the table deletion_log, so that no backup brings the samples back \
                (of PostgreSQL, where a newer copy of that table is kept beside the dumps: docs/operations.md). Of S3 readers leave the \
                samples out at once, and the bytes go within a day. The service may go on writing: refuse the device before (--deny-file), for else it may share more.

                Example:
                  metanetwork events delete --events events.sqlite --device 5b8c2f0a-…
                """
        )

        @Option(help: "Id of the device.")
        var device: String

        @OptionGroup var options: EventsOptions
        @OptionGroup var output: OutputOptions

        private struct Result: Encodable {
            let deleted: Int
        }

        func run() async throws {
            let result = Result(deleted: try await options.merged().events().delete(device: device))
            if output.json { return try output.printJSON(result) }
            if !output.quiet { print("deleted: \(result.deleted) events") }
        }
    }

    /// `metanetwork events backup`.
    struct Backup: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the shared samples to a new file, as they stand at one moment.",
            discussion: """
                The service may go on writing. Keep a copy of FILE.deletions too, which lies beside the file of the service: a \
                restore carries out what was asked for since.

                Example:
                  metanetwork events backup backups/monday.sqlite --events events.sqlite
                """
        )

        @Argument(help: "The new file.")
        var file: String

        @OptionGroup var options: EventsOptions
        @OptionGroup var output: OutputOptions

        private struct Result: Encodable {
            let file: String
        }

        func run() throws {
            let store = try SQLiteEventStore(reading: options.merged().eventsFile())
            let target = URL(fileURLWithPath: file)
            try store.backup(to: target)
            if output.json { return try output.printJSON(Result(file: target.path)) }
            if !output.quiet { print("backup: \(target.path)") }
        }
    }

    /// `metanetwork events restore`.
    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a backup in place of a lost file of shared samples.",
            discussion: """
                Stop the service first, and put FILE.deletions in its place: what devices had deleted since the backup is deleted \
                again, now and whenever a service opens the file.

                Example:
                  metanetwork events restore backups/monday.sqlite --events events.sqlite
                """
        )

        @Argument(help: "The backup.")
        var backup: String

        @OptionGroup var options: EventsOptions
        @OptionGroup var output: OutputOptions

        private struct Result: Encodable {
            let file: String
            let events: Int
            let deleted: Int
        }

        func run() throws {
            let file = try options.merged().eventsFile()
            let (before, after) = try SQLiteEventStore.restore(URL(fileURLWithPath: backup), to: file)
            let result = Result(file: file.path, events: after, deleted: before - after)
            if output.json { return try output.printJSON(result) }
            print("\(result.file): \(result.events) events; \(result.deleted) had been deleted since the backup")
        }
    }
}

extension EventsCommand {
    /// `metanetwork events consents`.
    struct Consents: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "List for what users shared samples, and under which text, with the number of events and devices.",
            discussion: """
                The app says so (Configuration.consent in the SDK); `metanetwork train --purpose WORD` learns from the samples of one \
                purpose alone.

                Example:
                  metanetwork events consents --events events.sqlite
                """
        )

        @OptionGroup var options: EventsOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let store = try options.merged().events().read()
            let counts = try store.consents()
            if let damaged = try store.leftOut(of: nil) { output.progress.warn("left out: \(damaged)") }
            if output.json { return try output.printJSON(counts) }
            if counts.isEmpty { print("no events") }
            for count in counts {
                let words = count.consent.map { "\($0.purpose) \($0.version)" } ?? "without a consent"
                print("\(count.model): \(words): \(count.events) events of \(count.devices) devices")
            }
        }
    }
}

/// Where the service keeps events.
struct EventsSettings: Configurable {
    var events: String?

    static let defaults = EventsSettings()
    static let settings = [Settings.events]

    enum Settings {
        static let events = Setting(
            "events",
            \EventsSettings.events,
            help:
                "SQLite file, postgres://USER@HOST/DATABASE?sslmode=verify-full, or s3://BUCKET/PREFIX, for the samples that devices share",
            value: "address"
        )
    }
}

/// What a command works on.
struct EventsOptions: SettingOptions {
    @OptionGroup var file: FileOptions
    @Option(EventsSettings.Settings.events) var events: Given?

    static let declarations = EventsSettings.declarations
}

extension MergedSettings {
    /// Where the service keeps events.
    fileprivate func events() throws -> EventAddress {
        guard let text = values(EventsSettings.self).events else {
            throw ValidationError("'\(EventsSettings.Settings.events.key)' is missing: give --events FILE")
        }
        return try EventAddress(text)
    }

    /// The service's file of events.
    fileprivate func eventsFile() throws -> URL {
        let events = try events()
        guard let file = events.file else {
            let owner =
                events.isInObjects
                ? "what the bucket's owner copies it with (aws s3 sync)"
                : "PostgreSQL itself (pg_dump --schema=metanetwork)"
            throw ConfigurationError(
                "\(events) is backed up and restored by \(owner); docs/operations.md says what to keep beside it"
            )
        }
        return file
    }
}
