import Crypto
import Foundation
import MetaNetworkData
import MetaNetworkSettings

extension ExperimentFile {
    /// Reads a file and checks all that can be told without the data: keys, names, settings, models, claims.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - isQuick: Whether the experiment is to be tried and not measured: one seed, at most two epochs.
    /// - Throws: ``ConfigurationError`` with the line of the first mistake, what is known, and how to fix it.
    package init(_ path: String, isQuick: Bool = false) throws {
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
        else {
            throw ConfigurationError("experiment file \(path) cannot be read as UTF-8; check the path")
        }
        let url = URL(fileURLWithPath: path)
        let file = try YAMLValue(text, file: path).mapping(
            "an experiment",
            keys: ["title", "text", "seeds", "minutes", "parts", "claims"]
        )
        let name = url.deletingPathExtension().lastPathComponent
        let seeds = try file["seeds"]?.integer("'seeds'", in: 1...1000) ?? 1
        let parts = try file.required("parts").list("'parts'")
        var reader = try PartReader(
            path: path,
            folder: url.deletingLastPathComponent(),
            seeds: seeds,
            isQuick: isQuick,
            claims: try file["claims"].map { try $0.list("'claims'").map { try ClaimEntry($0) } } ?? []
        )
        self.init(
            path: path,
            name: name,
            title: try file.text("title"),
            text: try file.optionalText("text"),
            minutes: try file["minutes"]?.integer("'minutes'", in: 0...100_000),
            parts: try parts.map { try reader.part($0) }
        )
        try reader.finish()
    }
}

extension [ExperimentFile] {
    /// SHA-256 of what all records of the files are of, in hexadecimal: the same wherever the files lie.
    package func digest() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var digest = SHA256()
        for file in self {
            for part in file.parts {
                digest.update(data: Data("\(file.name)/\(part.name) \(part.seeds)\n".utf8))
                for entry in part.methods {
                    digest.update(data: Data("\(entry.method.name) ".utf8))
                    digest.update(data: try encoder.encode(entry.key))
                }
            }
        }
        return digest.finalize().hexadecimal
    }
}
