import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkMarkup
import MetaNetworkServer
import MetaNetworkSettings
import MetaNetworkTraining

/// `metanetwork verify`: whether a bundle is what its training gives.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Train a bundle again as it says that it was trained, and compare: the same version is the same bytes.",
        discussion: """
            The bundle's provenance says how it was trained; neither the environment nor a file of settings changes that. Give the data \
            that it was trained on: others are refused before training. What ranks trained together is trained again in one process, with \
            the same pieces. Files that training read beside the data, such as an architecture in JSON, are looked for where they lay; say \
            where they lie now.

            Exit status 0 where the version is the same; 1 where it is not, with each file and metric that differs, by how much, and what \
            commonly causes it; 2 where the bundle cannot be trained again, or the data are others. A bundle that was imported, adapted, \
            distilled or learned by devices together has no training that could be repeated.

            Examples:
              metanetwork verify runs/movies --data ml-100k
              metanetwork verify runs/movies --data ml-100k --threads 4 --json
            """
    )

    @Argument(help: "Folder of the bundle.")
    var bundle: String

    @Option(
        help: ArgumentHelp("The data that the bundle was trained on, as --data of train.", valueName: "name or file")
    )
    var data: String

    @Option(help: "Threads of LibTorch; 1 repeats bit for bit.")
    var threads = 1

    @OptionGroup var files: RecordedFiles
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard data != "-" else {
            throw ValidationError("the data are read twice, so they cannot come on standard input; give a file")
        }
        let declaration = ThreadSettings.Settings.threads.declaration
        guard declaration.value("\(threads)") != nil else {
            throw ValidationError("--threads is \(threads); \(declaration.remedy)")
        }
    }

    func run() async throws {
        let folder = URL(fileURLWithPath: bundle)
        let training = try recorded(of: ModelBundle(contentsOf: folder))
        let progress = output.progress
        let began = ContinuousClock.now
        let temporary = FileManager.default.temporaryDirectory
            .appendingPathComponent("metanetwork-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: temporary) }
        let place = temporary.appendingPathComponent(training.name)
        let status = try await withInterrupt(progress) { flag in
            try await OwnProgram.run(
                training.arguments(out: place, threads: threads) + output.flags,
                environment: training.environment,
                results: .nullDevice
            ) { flag.isSet }
        }
        guard status == 0 else {
            if status == ExitStatus.interrupted.rawValue { throw ExitStatus.interrupted }
            throw ConfigurationError("training again ended with status \(status); see its message above")
        }
        let report = try VerifiedBundle(folder, place, seconds: (ContinuousClock.now - began) / .seconds(1))
        if output.json { try output.printJSON(report) } else { print(report.text.printable) }
        guard report.same else { throw ExitStatus.failed }
    }

    /// What is to be trained again, once it is clear that the data are those of the bundle.
    private func recorded(of bundle: ModelBundle) throws -> RecordedTraining {
        let given = [Given(key: DataSettings.Settings.data.key, text: data)] + files.given
        let training = try RecordedTraining(bundle, at: self.bundle, given: given)
        let digest = try training.dataDigest(output.progress)
        guard digest == bundle.provenance.training[ModelBundle.dataDigest] else {
            throw ConfigurationError(
                "these are not the data that \(self.bundle) was trained on, or they are read otherwise: their digest is \(digest.prefix(16)), "
                    + "the bundle has \(bundle.provenance.training[ModelBundle.dataDigest]?.prefix(16) ?? "none"); give those data"
            )
        }
        return training
    }
}

/// What came of training a bundle again.
private struct VerifiedBundle: Encodable {
    let bundle: String
    let version: String
    /// The version that training gave again.
    let versionAgain: String
    let same: Bool
    let seconds: Double
    let differences: BundleDifference
    /// What may have caused them; empty where the version is the same.
    let causes: [DifferenceCause]

    init(_ folder: URL, _ again: URL, seconds: Double) throws {
        func read(_ folder: URL) throws -> (contents: BundleContents, provenance: BundleProvenance) {
            let contents = try BundleContents(contentsOf: folder)
            return (contents, try ModelBundle.provenance(of: contents.manifest, in: folder))
        }
        let (old, new) = (try read(folder), try read(again))
        (bundle, version) = (folder.path, old.contents.manifest.version)
        versionAgain = new.contents.manifest.version
        (same, self.seconds) = (version == versionAgain, seconds)
        differences = BundleDifference(old, new)
        causes = same ? [] : RecordedTraining.causes(old.provenance, new.provenance)
    }

    var text: String {
        let time = "\(seconds.formatted(digits: 1)) s"
        guard !same else {
            let claims = differences.lines.map { "but the bundle claims otherwise: \($0)" }
            return (["the same bytes: version \(version), trained again in \(time)"] + claims).joined(separator: "\n")
        }
        return
            (["not the same bytes: version \(version), and \(versionAgain) trained again in \(time)"]
            + differences.lines.map { "  \($0)" } + ["what commonly causes it:"] + causes.map { "  \($0.text)" })
            .joined(separator: "\n")
    }
}
