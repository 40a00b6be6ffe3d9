import Foundation
import MetaNetworkData

extension ImageSet {
    /// Checks that a folder of images can be written, before they are made.
    ///
    /// - Throws: ``FileError`` where something is there already.
    package static func checkPlace(_ folder: URL) throws(FileError) {
        guard !FileManager.default.fileExists(atPath: folder.path) else {
            throw FileError(
                path: folder.path,
                action: "write",
                reason: "it is there already; give another folder, or remove it"
            )
        }
    }

    /// Writes images as PNG files, one sub-folder a class, as ``init(contentsOf:)`` reads them. All are written aside, and the folder
    /// renamed; a class without an image has no sub-folder.
    ///
    /// - Parameters:
    ///   - images: Grey values from 0 to 1, row by row, with the place of the class.
    ///   - width: Positions from left to right.
    ///   - classes: Names of the classes.
    ///   - folder: The folder, which must not be there.
    /// - Throws: ``FileError``, or ``DataError`` where no PNG file can be made.
    package static func write(
        _ images: [(pixels: [Float], label: Int)],
        width: Int,
        classes: [String],
        to folder: URL
    ) throws {
        try checkPlace(folder)
        let files = FileManager.default
        let aside = folder.deletingLastPathComponent().appendingPathComponent(
            ".\(folder.lastPathComponent)-\(UUID().uuidString)"
        )
        do {
            var counts = [Int](repeating: 0, count: classes.count)
            for image in images {
                let sub = aside.appendingPathComponent(classes[image.label])
                try files.createDirectory(at: sub, withIntermediateDirectories: true)
                counts[image.label] += 1
                let name = String(format: "%05d.png", counts[image.label])
                try PNGFile.data(image.pixels, width: width).write(to: sub.appendingPathComponent(name))
            }
            try files.moveItem(at: aside, to: folder)
        } catch {
            try? files.removeItem(at: aside)
            guard error is DataError else { throw FileError(path: folder.path, action: "write", underlying: error) }
            throw error
        }
    }
}
