import MetaNetworkData
import MetaNetworkSettings
import MetaNetworkTraining

extension ExperimentPart {
    /// The part as it is run, in the name of its file.
    ///
    /// - Parameter methods: The methods of the part in order, with what trains them.
    package func experiment(in file: ExperimentFile, _ methods: [ExperimentMethod]) -> Experiment {
        let frame = frame(file, claims: claims)
        var experiment = Experiment(
            name: frame.name,
            data: data.name,
            methods: methods,
            seeds: seeds,
            bootstrap: frame.bootstrap,
            settings: frame.settings,
            command: frame.command
        )
        (experiment.claims, experiment.source, experiment.detail) = (claims, data.source, .headlines)
        return experiment
    }

    /// The methods of a part whose devices learn together, as they are run: nothing is trained in the cloud.
    package var federatedMethods: [ExperimentMethod] {
        methods.map { entry in
            ExperimentMethod(
                entry.method,
                group: entry.group,
                variant: entry.variant,
                template: .defaults,
                federates: entry.federates,
                key: entry.key,
                defaults: entry.defaults
            )
        }
    }

    /// What the records say.
    ///
    /// - Parameters:
    ///   - file: The file of the part.
    ///   - reason: Why records may be missing; a claim on a method without all of its records is undecided for this reason.
    /// - Throws: ``MetaNetworkData/FileError`` where a record cannot be read.
    package func recorded(in file: ExperimentFile, otherwise reason: String) throws -> ExperimentResult {
        let folder = file.records(of: self)
        let measured = try methods.compactMap { entry -> MethodRecords? in
            let records = try seeds.compactMap { try folder.fresh(entry, seed: $0) }
            guard records.count == seeds.count else { return nil }
            return MethodRecords(method: entry.method, model: entry.group, records: records)
        }
        let known = Set(measured.map(\.method.name))
        let decidable = try claims.filter { known.isSuperset(of: try $0.methods()) }
        var result =
            measured.isEmpty
            ? empty(file) : try ResultBuilder(frame(file, claims: decidable)).result(measured)
        let decided = Dictionary(uniqueKeysWithValues: result.claims.map { ($0.id, $0) })
        result.claims = claims.map { decided[$0.id] ?? $0.undecided(because: "undecided: \(reason)") }
        return result
    }

    /// Whether nothing is left to do.
    package func hasAllRecords(in file: ExperimentFile) throws -> Bool {
        try missing(in: file).isEmpty
    }

    /// A result without anything measured.
    private func empty(_ file: ExperimentFile) -> ExperimentResult {
        let frame = frame(file, claims: [])
        var result = ExperimentResult(
            experiment: frame.name,
            data: DataSummary(name: data.name, sha256: data.sha256, facts: []),
            split: "",
            seeds: seeds.count,
            sets: [],
            methods: [],
            settings: frame.settings,
            command: frame.command
        )
        result.data.source = data.source
        return result
    }

    private func frame(_ file: ExperimentFile, claims: [Claim]) -> ExperimentFrame {
        ExperimentFrame(
            name: "\(file.name)/\(name)",
            source: data.source,
            claims: claims,
            bootstrap: PairedBootstrap(),
            settings: isFederated ? settings.record() : LearningSettings(settings).record,
            command: file.command
        )
    }
}

extension ExperimentPart.Entry {
    /// What the record of one seed is of.
    package func key(seed: UInt64) -> RecordKey {
        var key = key
        key.seed = seed
        return key
    }
}

extension RecordFolder {
    /// The record of a method with one seed; `nil` where it is missing or stale.
    func fresh(_ entry: ExperimentPart.Entry, seed: UInt64) throws -> ExperimentRecord? {
        guard case .fresh(let record) = try find(entry, seed: seed) else { return nil }
        return record
    }

    /// Looks for the record of a method with one seed.
    package func find(_ entry: ExperimentPart.Entry, seed: UInt64) throws -> Found {
        try find(entry.method.name, entry.key(seed: seed), defaults: entry.defaults)
    }
}

/// The experiment of a file with what its parts measured.
package struct MeasuredExperiment: Encodable, Sendable {
    /// Name of the file without its extension.
    package let experiment: String
    /// What it shows, in a few words.
    package let title: String
    /// What it shows, in some sentences.
    package let text: String?
    /// Minutes that everything takes on two cores.
    package let minutes: Int?
    /// The command that repeats it.
    package let command: String
    /// What was measured on each data set.
    package let parts: [ExperimentResult]

    package init(_ file: ExperimentFile, parts: [ExperimentResult]) {
        (experiment, title, text, minutes) = (file.name, file.title, file.text, file.minutes)
        (command, self.parts) = (file.command, parts)
    }
}
