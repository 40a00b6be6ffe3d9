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

    /// Grey values as a PNG file of 256 of them.
    ///
    /// - Parameters:
    ///   - pixels: Row by row, from 0 (black) to 1 (white); what lies beyond is cut.
    ///   - width: Positions from left to right.
    /// - Throws: ``DataError`` with libpng's reason.
    static func data(_ pixels: [Float], width: Int) throws(DataError) -> Data {
        precondition(width > 0 && pixels.count % width == 0, "an image is of whole rows")
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        image.width = png_uint_32(width)
        image.height = png_uint_32(pixels.count / width)
        image.format = png_uint_32(PNG_FORMAT_GRAY)
        defer { png_image_free(&image) }
        let bytes = pixels.map { UInt8((min(1, max(0, $0)) * 255).rounded()) }
        var size: png_alloc_size_t = 0
        guard png_image_write_to_memory(&image, nil, &size, 0, bytes, png_int_32(width), nil) != 0 else {
            throw DataError("an image of \(width) pixels a row cannot be written as PNG: \(reason(image))")
        }
        var data = [UInt8](repeating: 0, count: size)
        guard png_image_write_to_memory(&image, &data, &size, 0, bytes, png_int_32(width), nil) != 0 else {
            throw DataError("an image of \(width) pixels a row cannot be written as PNG: \(reason(image))")
        }
        return Data(data.prefix(size))
    }

    private static func reason(_ image: png_image) -> String {
        withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func failure(_ url: URL, _ image: png_image) -> DataError {
        DataError("\(url.path) cannot be read as a PNG file: \(reason(image)); give a whole PNG file or remove it")
    }
}
