import Foundation
import MetaNetworkData

extension ImageSet {
    /// Reads images: a CSV file with the pixels of 0 to 255 of one image a line and its class last, a folder with IDX files
    /// as MNIST and Fashion-MNIST have them, or a folder of PNG files with one sub-folder a class.
    ///
    /// - Throws: `DataError`, which says what is wrong and where.
    public init(contentsOf url: URL) throws {
        if let folder = PNGFolder(url) { self = try folder.images() } else { try self.init(numbersIn: url) }
    }
}
