import Foundation

/// The files that a path of interactions means: one, or those of a folder.
struct InteractionFiles {
    /// The files, and the part that each is where they are split.
    let files: [(url: URL, part: Part?)]

    /// What the file of a part is called, before its extension: `ml.train.inter`, `train.csv`.
    private static let names: [(part: Part, names: Set<String>)] = [
        (.training, ["train", "training", "part1"]),
        (.validation, ["valid", "validation", "val", "dev", "part2"]),
        (.test, ["test", "part3"]),
    ]
    private static let extensions: Set<String> = [
        "inter", "csv", "tsv", "txt", "dat", "data", "json", "jsonl", "parquet",
    ]

    /// - Throws: ``DataError`` for a folder that holds something else.
    init(_ url: URL) throws(DataError) {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory), isDirectory.boolValue else {
            files = [(url, nil)]
            return
        }
        let found = ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
            .filter { !$0.hasPrefix(".") }
            .map { url.appendingPathComponent($0) }
        let data = found.filter { Self.extensions.contains($0.dataExtension) }
        let parts = Self.names.map { part, names in data.filter { names.contains(Self.partName($0)) } }
        if parts.allSatisfy({ $0.count == 1 }) {
            files = zip(Self.names, parts).flatMap { names, urls in urls.map { ($0, names.part) } }
            return
        }
        let whole = data.filter { $0.dataExtension == "inter" }
        guard whole.count == 1 else {
            let shown = found.prefix(10).map { "'\($0.lastPathComponent)'" }.joined(separator: ", ")
            throw DataError(
                "\(url.path) is a folder with \(found.isEmpty ? "nothing" : shown); a folder of interactions has one .inter, or one file "
                    + "each of training, validation and test, such as x.train.inter, x.valid.inter and x.test.inter: give such a folder, or a file"
            )
        }
        files = [(whole[0], nil)]
    }

    /// The last part of a file's name before its extension.
    private static func partName(_ url: URL) -> String {
        var stem = url.deletingPathExtension()
        if url.pathExtension.lowercased() == "gz" { stem = stem.deletingPathExtension() }
        let name = stem.lastPathComponent.lowercased()
        return name.split(whereSeparator: { ".-_".contains($0) }).last.map(String.init) ?? name
    }
}
