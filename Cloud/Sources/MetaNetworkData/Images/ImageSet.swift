import Crypto
import Foundation

/// Grey images of one size with their classes.
public struct ImageSet: Sendable {
    /// Positions from top to bottom.
    public let height: Int
    /// Positions from left to right.
    public let width: Int
    /// The images, each row by row, from 0 (background) to 1 (stroke).
    public let images: [[Float]]
    /// Index of each image's class.
    public let labels: [Int]
    /// Names of the classes.
    public let classes: [String]

    /// Number of images.
    public var count: Int { images.count }

    /// SHA-256 of the contents, in hexadecimal.
    public var digest: String {
        var hash = SHA256()
        hash.update(data: Data("\(height) \(width) \(classes) \(labels)".utf8))
        for image in images { image.withUnsafeBytes { hash.update(bufferPointer: $0) } }
        return hash.finalize().hexadecimal
    }

    package init(height: Int, width: Int, images: [[Float]], labels: [Int], classes: [String]) throws(DataError) {
        guard !images.isEmpty else { throw DataError("there are no images; give some") }
        if let empty = classes.indices.first(where: { !labels.contains($0) }) {
            throw DataError("there is no image of the class '\(classes[empty])'; give some, or leave the class out")
        }
        self.height = height
        self.width = width
        self.images = images
        self.labels = labels
        self.classes = classes
    }

    /// Reads images of a CSV file, with the pixels of 0 to 255 of one image a line and its class last, or of a folder with IDX files as
    /// MNIST and Fashion-MNIST have them. Folders of PNG files are read by `MetaNetworkPNG`, which asks here for all others.
    ///
    /// - Throws: ``DataError``, which says what is wrong and where.
    package init(numbersIn url: URL) throws {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) else {
            throw DataError("\(url.path): there is no such file; check the path, or see `metanetwork data list`")
        }
        self = try isDirectory.boolValue ? IDXReader(folder: url).images() : Self.lines(url)
    }

    /// The order of classes: numbers by their value, other names by their letters.
    package static func classOrder(_ a: String, _ b: String) -> Bool { (Double(a) ?? 0, a) < (Double(b) ?? 0, b) }

    private static func lines(_ url: URL) throws -> ImageSet {
        var images: [[Float]] = []
        var names: [String] = []
        var splitter = LineSplitter(.byte(UInt8(ascii: ",")))
        var failure: DataError?
        try LineReader(url: url).forEachLine { number, line in
            guard !line.isEmpty else { return true }
            let fields = splitter.withColumns(of: line) { $0.map { String(decoding: $0, as: UTF8.self) } }
            guard let fields, let name = fields.last, case let pixels = fields.dropLast().compactMap({ Float($0) }),
                pixels.count == fields.count - 1, pixels.count >= 2, pixels.allSatisfy({ 0...255 ~= $0 })
            else {
                failure = DataError(
                    "\(url.path): line \(number) is not the pixels of an image, 0 to 255, and its class"
                )
                return false
            }
            if let first = images.first, first.count != pixels.count {
                failure = DataError(
                    "\(url.path): line \(number) has \(pixels.count) pixels, the lines before have \(first.count); images must "
                        + "be of one size"
                )
            }
            images.append(pixels.map { $0 / 255 })
            names.append(name)
            return failure == nil
        }
        if let failure { throw failure }
        guard let count = images.first?.count else { throw DataError("\(url.path) has no images; give one a line") }
        let side = Int(Double(count).squareRoot())
        guard side * side == count else {
            throw DataError(
                "\(url.path): an image has \(count) pixels, which is no square; images must be as high as wide"
            )
        }
        let classes = Set(names).sorted(by: classOrder)
        let indices = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
        return try ImageSet(
            height: side,
            width: side,
            images: images,
            labels: names.map { name in
                guard let index = indices[name] else { preconditionFailure("'\(name)' is none of the classes") }
                return index
            },
            classes: classes
        )
    }
}

/// Reads `*-images-idx3-ubyte` and `*-labels-idx1-ubyte` (LeCun's IDX format).
private struct IDXReader {
    let folder: URL

    func images() throws(DataError) -> ImageSet {
        var (images, labels): ([[Float]], [Int]) = ([], [])
        var size: [Int] = []
        for name in try names() {
            let (shape, pixels) = try read("\(name)-images-idx3-ubyte", dimensions: 3)
            let (count, classes) = try read("\(name)-labels-idx1-ubyte", dimensions: 1)
            guard shape[0] == count[0] else {
                throw DataError(
                    "\(folder.path): '\(name)' has \(shape[0]) images and \(count[0]) labels; fetch them again"
                )
            }
            guard size.isEmpty || size == Array(shape.dropFirst()) else {
                throw DataError("\(folder.path): '\(name)' has images of another size than the files before")
            }
            size = Array(shape.dropFirst())
            let step = shape[1] * shape[2]
            images += (0..<shape[0]).map { image in
                pixels[image * step..<(image + 1) * step].map { Float($0) / 255 }
            }
            labels += classes.map(Int.init)
        }
        let classes = (0...labels.reduce(0, max)).map { "\($0)" }
        return try ImageSet(height: size[0], width: size[1], images: images, labels: labels, classes: classes)
    }

    private func names() throws(DataError) -> [String] {
        let suffix = "-images-idx3-ubyte"
        guard let entries = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
            throw DataError("\(folder.path) cannot be listed; give a folder that you may read")
        }
        let names = entries.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }.sorted()
        guard !names.isEmpty else {
            let packed =
                entries.contains { $0.hasSuffix("\(suffix).gz") } ? " (they are packed: run `gunzip *.gz` there)" : ""
            throw DataError(
                "\(folder.path) has no files named …\(suffix)\(packed) and no sub-folders with PNG files; give MNIST's IDX files, "
                    + "a folder with one sub-folder of PNG files a class, or a CSV file"
            )
        }
        return names
    }

    private func read(_ name: String, dimensions: Int) throws(DataError) -> (shape: [Int], bytes: [UInt8]) {
        let url = folder.appendingPathComponent(name)
        guard let data = FileManager.default.contents(atPath: url.path).map(Array.init) else {
            throw DataError("\(url.path) cannot be read; it belongs to the other files there")
        }
        let start = 4 + 4 * dimensions
        guard data.count >= start, Array(data.prefix(4)) == [0, 0, 8, UInt8(dimensions)] else {
            throw DataError("\(url.path) is no IDX file of bytes in \(dimensions) dimensions; unpack or fetch it again")
        }
        let shape = (0..<dimensions).map { axis in
            data[4 + 4 * axis..<8 + 4 * axis].reduce(0) { $0 << 8 | Int($1) }
        }
        let (count, overflows) = shape.reduce((1, false)) { product, size in
            let (value, overflow) = product.0.multipliedReportingOverflow(by: size)
            return (value, product.1 || overflow)
        }
        guard !overflows, count == data.count - start, count > 0 else {
            throw DataError("\(url.path) says it has \(shape) bytes, and has \(data.count - start); fetch it again")
        }
        return (shape, Array(data.dropFirst(start)))
    }
}
