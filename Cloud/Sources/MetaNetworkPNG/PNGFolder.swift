import Foundation
import MetaNetworkData

/// A folder with one sub-folder a class, each with PNG files of one size. Other files are passed over.
struct PNGFolder {
    /// Names of the sub-folders that have a PNG file, in the order of their classes.
    private let classes: [(name: String, files: [URL])]

    /// - Returns: `nil` where no sub-folder has a PNG file.
    init?(_ folder: URL) {
        let named = Self.entries(folder).map {
            (name: $0.lastPathComponent, files: Self.entries($0).filter(Self.isPNG))
        }
        let classes = named.filter { !$0.files.isEmpty }
        guard !classes.isEmpty else { return nil }
        self.classes = classes.sorted { ImageSet.classOrder($0.name, $1.name) }
    }

    /// Reads every file.
    ///
    /// - Throws: ``DataError`` where a file is no PNG file, or of another size than the first.
    func images() throws(DataError) -> ImageSet {
        var (images, labels): ([[Float]], [Int]) = ([], [])
        var size: (height: Int, width: Int)?
        for (label, part) in classes.enumerated() {
            for url in part.files {
                let file = try PNGFile(url)
                let expected = size ?? (file.height, file.width)
                guard expected == (file.height, file.width) else {
                    throw DataError(
                        "\(url.path) has \(file.width) × \(file.height) pixels, the files before have \(expected.width) × "
                            + "\(expected.height); images must be of one size"
                    )
                }
                size = expected
                images.append(file.pixels)
                labels.append(label)
            }
        }
        guard let size else { preconditionFailure("a folder of images has an image") }
        return try ImageSet(
            height: size.height,
            width: size.width,
            images: images,
            labels: labels,
            classes: classes.map(\.name)
        )
    }

    private static func isPNG(_ url: URL) -> Bool { url.pathExtension.lowercased() == "png" }

    /// What a folder holds, by name, so that a set is the same on every machine; nothing where it is no folder.
    private static func entries(_ folder: URL) -> [URL] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else { return [] }
        return names.filter { !$0.hasPrefix(".") }.sorted().map(folder.appendingPathComponent)
    }
}
