import Foundation
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkSettings
import MetaNetworkTraining

/// A file of `Experiments/`: what is measured, on which data, and what is claimed of it. docs/experiments.md describes the form.
package struct ExperimentFile: Sendable {
    /// The path as the user gave it, for messages and commands.
    package let path: String
    /// The file's name without its extension.
    package let name: String
    /// What it shows, in a few words.
    package let title: String
    /// What it shows, in some sentences; `nil` where the title says all.
    package let text: String?
    /// Minutes that everything takes on two cores; `nil` where nobody wrote it down.
    package let minutes: Int?
    /// What is measured on each data set.
    package let parts: [ExperimentPart]

    /// Every setting that a file can give. The data have a key of their own.
    package static let declarations = merged.filter { $0.key != DataSettings.Settings.data.key }

    /// The settings of a method: what a file can give, and the data's name, by which defaults may go.
    ///
    /// Each seed from 1 is tried, and threads change nothing but the time.
    static let merged =
        (DataSettings.declarations + TrainingConfiguration.declarations + ShippedModelSettings.declarations
        + GeneratorConfiguration.declarations)
        .filter { !unset.contains($0.key) }

    /// What has no meaning in an experiment: shared samples are no data that others have.
    private static let unset = [
        DataSettings.Settings.eventsModel.key, DataSettings.Settings.fewestDevices.key,
        DataSettings.Settings.purpose.key,
        DataSettings.Settings.mostPerDevice.key, DataSettings.Settings.outlierScore.key,
        TrainingConfiguration.Settings.seed.key,
    ]

    /// Where the records of a part are: `results/NAME/PART` beside the file.
    package func records(of part: ExperimentPart) -> RecordFolder {
        RecordFolder(
            URL(fileURLWithPath: path).deletingLastPathComponent()
                .appendingPathComponent("results").appendingPathComponent(name).appendingPathComponent(part.name)
        )
    }

    /// The command that repeats it.
    package var command: String { "metanetwork experiment \(path)" }
}

/// What an experiment measures on one data set.
package struct ExperimentPart: Sendable {
    /// Unique in the file.
    package let name: String
    /// The data.
    package let data: ExperimentData
    /// The settings that all methods share.
    package let settings: MergedSettings
    /// The methods in order; at least one, and one of them a base.
    package let methods: [Entry]
    /// The seeds.
    package let seeds: [UInt64]
    /// What is claimed.
    package let claims: [Claim]

    /// Whether devices learn together without gathering their data.
    package var isFederated: Bool { methods.contains { $0.federates != nil } }

    /// One method.
    package struct Entry: Sendable {
        /// What reports say of it.
        package let method: Method
        /// The way of training.
        package let variant: ComparisonVariant
        /// Name of a shipped model, or the path of a JSON file.
        package let model: String
        /// The name that reports group by: its model, or that of its base.
        package let group: String
        /// The settings of the part with its own.
        package let settings: MergedSettings
        /// How test users live as devices; `nil` where they are ranked for in one process.
        package internal(set) var devices: DeviceLife?
        /// Before which rankings devices ask for new weights; `nil` where all weights are fresh.
        package internal(set) var asks: Asking?
        /// When the device that changes its wearer asks for weights to keep; `nil` where none does.
        package internal(set) var keeps: Keeping?
        /// What test devices learn from a few labels; `nil` where they are told none.
        package internal(set) var learns: Learning?
        /// Which samples of a device stand for all; `nil` where all are uploaded.
        package internal(set) var anchors: Anchoring?
        /// What attacks the model or what it is trained on; `nil` for nothing.
        package internal(set) var attacks: Attacking?
        /// How it is measured with the device's own runtime; `nil` where it is not.
        package internal(set) var onDevice: OnDevice?
        /// Which inputs a larger model in the cloud answers; `nil` where the device answers all.
        package internal(set) var defers: Deferring?
        /// How the device adapts to images that change; `nil` where they do not.
        package internal(set) var adapts: Adapting?
        /// How devices learn together without gathering their data; `nil` where data are gathered.
        package internal(set) var federates: FederateSettings?
        /// What its records are of, but for the seed.
        package let key: RecordKey

        /// Keys of the settings that nobody gave.
        package var defaults: Set<String> {
            Set(settings.entries.filter { $0.origin == .byDefault }.map(\.declaration.key))
        }
    }
}

/// The data of a part.
package struct ExperimentData: Sendable {
    /// A name of the catalogue, or of a file without its extension.
    package let name: String
    /// SHA-256 of what is learned, as results say it; `nil` where nobody has written it down yet.
    package let sha256: String?
    /// Where the data come from, for readers.
    package let source: String?
    /// `FILE, line N`, for messages.
    package let place: String

    /// The path of the data, or their name where they are made up; `nil` where they are not there.
    package func find(in folders: [URL] = DataCatalog.directories) -> String? {
        name == FederatedSource.madeUp ? name : DataCatalog.find(name, in: folders)?.path
    }

    /// Checks that the data are those of the file.
    ///
    /// - Throws: ``ConfigurationError`` with the line and the digest that was found.
    package func check(_ digest: String) throws {
        guard let sha256 else {
            throw ConfigurationError("\(place): the data have no digest; add `sha256: \(digest)` to them")
        }
        guard sha256 == digest else {
            throw ConfigurationError(
                "\(place): the data '\(name)' have the SHA-256 \(digest) and not \(sha256); use the data that were meant, "
                    + "or write the new digest, which makes all records stale (settings such as k-core belong to it)"
            )
        }
    }
}
