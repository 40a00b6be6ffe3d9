import Foundation
import MetaNetworkExperiments

/// What a file of experiments holds, and which records are there.
struct ExperimentListing: Encodable {
    let experiment: String
    let title: String
    let minutes: Int?
    let parts: [Part]

    struct Part: Encodable {
        let name: String
        let data: String
        /// Path of the data; `nil` where they are not there.
        let path: String?
        let seeds: Int
        let methods: [Method]
        let claims: [Claim]
    }

    struct Method: Encodable {
        let name: String
        let label: String
        let role: String
        let variant: String
        let model: String
        /// Seeds whose record is there.
        let records: [UInt64]
        /// Seeds whose record is of something else, with what differs.
        let stale: [String: String]
    }

    init(_ file: ExperimentFile) throws {
        (experiment, title, minutes) = (file.name, file.title, file.minutes)
        parts = try file.parts.map { part in
            Part(
                name: part.name,
                data: part.data.name,
                path: part.data.find(),
                seeds: part.seeds.count,
                methods: try part.methods.map { try Method($0, of: part, in: file.records(of: part)) },
                claims: part.claims
            )
        }
    }

    var text: String {
        let time = minutes.map { ", about \($0) minutes on two cores" } ?? ""
        return (["\(experiment): \(title)\(time)"] + parts.flatMap(\.lines)).joined(separator: "\n") + "\n"
    }
}

extension ExperimentListing.Method {
    init(_ entry: ExperimentPart.Entry, of part: ExperimentPart, in folder: RecordFolder) throws {
        var (records, stale) = ([UInt64](), [String: String]())
        for seed in part.seeds {
            switch try folder.find(entry, seed: seed) {
            case .fresh: records.append(seed)
            case .stale(let difference): stale["\(seed)"] = difference
            case .missing: break
            }
        }
        self.init(
            name: entry.method.name,
            label: entry.method.label,
            role: entry.method.role.rawValue,
            variant: entry.key.variant,
            model: entry.model,
            records: records,
            stale: stale
        )
    }

    fileprivate func line(of seeds: Int) -> String {
        let old = stale.min { $0.key < $1.key }.map { ", \(stale.count) stale (\($0.value))" } ?? ""
        return "    \(name): \(role), variant \(variant), model \(model): \(records.count) of \(seeds) records\(old)"
    }
}

extension ExperimentListing.Part {
    fileprivate var lines: [String] {
        let place = path ?? "not there"
        return ["  \(name): data \(data) (\(place)), \(seeds) seeds"] + methods.map { $0.line(of: seeds) }
            + claims.map { "    claim \($0.id): \($0.left) \($0.relation.rawValue) \($0.right)" }
    }
}
