import Foundation
import MetaNetworkData

/// Small grey images side by side in one picture.
package struct ContactSheet: Sendable {
    /// The picture, a PNG file.
    package let png: Data
    /// Positions of the picture from left to right.
    package let width: Int
    /// Positions of the picture from top to bottom.
    package let height: Int
    /// Images in it.
    package let count: Int

    private static let columns = 20
    /// Grey value of the line between images.
    private static let line: Float = 0.5

    /// - Parameters:
    ///   - images: At least one; each row by row, from 0 (black) to 1 (white).
    ///   - size: Positions of each, from top to bottom and from left to right.
    /// - Throws: ``DataError`` where no PNG file can be made.
    package init(_ images: [[Float]], height size: Int, width: Int) throws(DataError) {
        precondition(
            !images.isEmpty && images.allSatisfy { $0.count == size * width },
            "a sheet is of images of one size"
        )
        let columns = min(Self.columns, images.count)
        let rows = (images.count + columns - 1) / columns
        self.width = columns * (width + 1) - 1
        height = rows * (size + 1) - 1
        count = images.count
        var pixels = [Float](repeating: Self.line, count: self.width * height)
        for (number, image) in images.enumerated() {
            let (top, left) = (number / columns * (size + 1), number % columns * (width + 1))
            for row in 0..<size {
                for column in 0..<width {
                    pixels[(top + row) * self.width + left + column] = image[row * width + column]
                }
            }
        }
        png = try PNGFile.data(pixels, width: self.width)
    }
}
