import CPNG
import Foundation
import MetaNetworkData

/// A PNG file read as grey values, through libpng.
struct PNGFile {
    /// Positions from top to bottom.
    let height: Int
    /// Positions from left to right.
    let width: Int
    /// Row by row, from 0 (black) to 1 (white); colours as their luminance, what is transparent on black.
    let pixels: [Float]

    /// Maximum number of pixels in each direction: a larger image is hardly one for a small model, and costs memory.
    private static let largest = 4096

    /// Reads a file.
    ///
    /// - Throws: ``DataError``, which names the file and says what libpng found wrong.
    init(_ url: URL) throws(DataError) {
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        defer { png_image_free(&image) }
        guard png_image_begin_read_from_file(&image, url.path) != 0 else { throw Self.failure(url, image) }
        let (height, width) = (Int(image.height), Int(image.width))
        guard height <= Self.largest, width <= Self.largest else {
            throw DataError(
                "\(url.path) has \(width) × \(height) pixels, more than \(Self.largest) in a direction; make it smaller"
            )
        }
        image.format = png_uint_32(PNG_FORMAT_GRAY)
        var bytes = [UInt8](repeating: 0, count: height * width)
        var ground = png_color()
        guard png_image_finish_read(&image, &ground, &bytes, png_int_32(width), nil) != 0 else {
            throw Self.failure(url, image)
        }
        self.height = height
        self.width = width
        pixels = bytes.map { Float($0) / 255 }
    }

    private static func failure(_ url: URL, _ image: png_image) -> DataError {
        let reason = withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return DataError("\(url.path) cannot be read as a PNG file: \(reason); give a whole PNG file or remove it")
    }
}
