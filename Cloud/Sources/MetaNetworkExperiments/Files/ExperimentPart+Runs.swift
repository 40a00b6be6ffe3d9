import MetaNetworkData
import MetaNetworkModels
import MetaNetworkSettings
import MetaNetworkTraining

/// Runs of which the records are not there, for those who deal them to several processes.
extension ExperimentPart {
    /// The runs without a fresh record, in the order in which one process makes them.
    ///
    /// - Throws: ``MetaNetworkData/FileError`` where a record cannot be read.
    package func missing(in file: ExperimentFile) throws -> [RunName] {
        let folder = file.records(of: self)
        return try methods.flatMap { entry in
            try seeds.filter { try folder.fresh(entry, seed: $0) == nil }
                .map { RunName(method: entry.method.name, seed: $0) }
        }
    }

    /// The record of a run as its file has it; `nil` where it is missing or stale.
    package func record(of run: RunName, in file: ExperimentFile) throws -> [UInt8]? {
        guard let entry = methods.first(where: { $0.method.name == run.method }) else { return nil }
        let folder = file.records(of: self)
        return try folder.fresh(entry, seed: run.seed) == nil ? nil : folder.bytes(of: run)
    }

    /// The runs in sets, each for one process: who trains a model for others to start from, or to measure, makes those too, so that none is trained twice.
    package func sets(of runs: [RunName]) -> [[RunName]] {
        var sets: [(runs: [RunName], models: SharedModels)] = []
        for run in runs {
            guard let entry = methods.first(where: { $0.method.name == run.method }) else { continue }
            var joined = (runs: [run], models: SharedModels(entry, seed: run.seed, in: self))
            // Whatever this one has in common with becomes one set with it.
            for place in sets.indices.reversed() where sets[place].models.meet(joined.models) {
                let other = sets.remove(at: place)
                joined = (other.runs + joined.runs, other.models.joined(with: joined.models))
            }
            sets.append(joined)
        }
        return sets.map { set in runs.filter { set.runs.contains($0) } }
    }

    /// Seconds of training that a run of each method took, a mean over the records that there are, stale ones too; without methods that have none.
    package func seconds(in file: ExperimentFile) -> [String: Double] {
        let folder = file.records(of: self)
        return methods.reduce(into: [:]) { known, entry in
            let name = entry.method.name
            let seconds = seeds.compactMap { folder.seconds(of: RunName(method: name, seed: $0)) }
            if !seconds.isEmpty { known[name] = seconds.reduce(0, +) / Double(seconds.count) }
        }
    }
}

/// The trained models that a run leaves to others, and those that it can take over: see ``TrainedModels``.
private struct SharedModels {
    private var left: Set<String> = []
    private var taken: Set<String> = []

    init(_ entry: ExperimentPart.Entry, seed: UInt64, in part: ExperimentPart) {
        guard entry.federates == nil else { return }
        guard !entry.variant.isCounted else {
            // Of counts the other seeds' records are the first one's.
            (left, taken) = (["counts \(entry.method.name)"], ["counts \(entry.method.name)"])
            return
        }
        let settings = entry.key.settings
        func name(_ what: String, without keys: Set<String> = []) -> String {
            let text = settings.filter { !keys.contains($0.key) }.sorted { $0.key < $1.key }.map {
                "\($0.key)=\($0.value)"
            }
            return "\(what) of \(entry.key.model), seed \(seed): \(text.joined(separator: ", "))"
        }
        let base = name("base", without: Set(GeneratorConfiguration.declarations.map(\.key)))
        let hasBase = entry.variant.form == nil && entry.variant != .wide && entry.variant != .matched
        let own = hasBase ? base : name(entry.variant.rawValue)
        let isServed =
            entry.devices != nil || entry.asks != nil || entry.keeps != nil || entry.learns != nil
            || entry.attacks != nil || entry.onDevice != nil || part.methods.contains { $0.anchors != nil }
        if isServed { (left, taken) = ([own], [own]) }
        if entry.variant == .none || entry.variant == .cloud { left.insert(own) }
        if entry.variant.startsFromBase { taken.insert(base) }
        let encoderEpochs = entry.settings.values(GeneratorConfiguration.self).encoderEpochs
        if entry.variant.form?.isServed == true, encoderEpochs > 0 {
            taken.insert(name(ComparisonVariant.cloud.rawValue))
        }
    }

    func meet(_ other: SharedModels) -> Bool {
        !left.isDisjoint(with: other.taken) || !taken.isDisjoint(with: other.left)
    }

    func joined(with other: SharedModels) -> SharedModels {
        var joined = self
        joined.left.formUnion(other.left)
        joined.taken.formUnion(other.taken)
        return joined
    }
}
