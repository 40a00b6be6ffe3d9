import Foundation
import Testing

@testable import MetaNetworkData
@testable import MetaNetworkPNG

@Suite("PNG files")
struct PNGTests {
    private func fixture(_ name: String) throws -> URL {
        try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures"))
    }

    @Test("grey and one-bit files have exactly their grey values, coloured ones NumPy's luminance to four steps of 255")
    func values() throws {
        let expected = try JSONDecoder().decode([String: [Float]].self, from: Data(contentsOf: fixture("png.json")))
        #expect(expected.count == 4)
        for (name, values) in expected {
            let file = try PNGFile(fixture("png/\(name).png"))
            #expect((file.height, file.width) == (3, 4))
            let difference = zip(file.pixels, values).map { abs($0 - $1) }.max() ?? 1
            // libpng adds colours up in linear light and rounds on the way there and back.
            let tolerance: Float = ["grey", "bits"].contains(name) ? 1e-6 : 4 / 255
            #expect(file.pixels.count == values.count && difference <= tolerance, "\(name): \(difference)")
        }
    }

    @Test(
        "images that are written are read again to half a step of 255, each in its class, and a folder that is there stays"
    )
    func written() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)/images")
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        let images: [(pixels: [Float], label: Int)] = [
            ([0, 0.25, 0.5, 1, -3, 7], 2), ([1, 1, 1, 0, 0, 0], 0), ([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 2),
        ]
        try FileManager.default.createDirectory(
            at: folder.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try ImageSet.write(images, width: 3, classes: ["zero", "one", "two"], to: folder)
        let set = try ImageSet(contentsOf: folder)
        // Names are in the order of their letters; nobody is taken for "one".
        #expect(set.classes == ["two", "zero"] && set.labels == [0, 0, 1] && (set.height, set.width) == (2, 3))
        #expect(zip(set.images[0], [0, 0.25, 0.5, 1, 0, 1] as [Float]).allSatisfy { abs($0 - $1) <= 0.5 / 255 + 1e-6 })
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.deletingLastPathComponent().path) == ["images"]
        )
        let error = #expect(throws: FileError.self) {
            try ImageSet.write(images, width: 3, classes: ["a", "b", "c"], to: folder)
        }
        #expect(error?.description.contains("it is there already") == true)
        #expect(try ImageSet(contentsOf: folder).count == 3)
    }

    @Test("a contact sheet has its images row by row, with a grey line between them")
    func contactSheet() throws {
        let sheet = try ContactSheet([[Float]](repeating: [1, 1, 0, 1], count: 21), height: 2, width: 2)
        #expect((sheet.width, sheet.height, sheet.count) == (20 * 3 - 1, 2 * 3 - 1, 21))
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).png")
        defer { try? FileManager.default.removeItem(at: url) }
        try sheet.png.write(to: url)
        let file = try PNGFile(url)
        #expect(file.pixels[0] == 1 && file.pixels[59] == 0 && file.pixels[2] == 128.0 / 255)
        #expect(file.pixels[3 * 59] == 1 && file.pixels[3 * 59 + 3] == 128.0 / 255)
    }

    /// A folder that holds copies of fixtures under the given paths.
    private func folder(_ files: [String: String]) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        for (path, name) in files {
            let url = folder.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(contentsOf: fixture("png/\(name).png")).write(to: url)
        }
        return folder
    }

    @Test("each sub-folder is a class, numbers in the order of their values, and files in the order of their names")
    func classes() throws {
        let folder = try folder(["10/b.png": "grey", "10/a.PNG": "bits", "9/z.png": "colour", "9/.hidden.png": "grey"])
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("not an image".utf8).write(to: folder.appendingPathComponent("10/notes.txt"))
        let set = try ImageSet(contentsOf: folder)
        #expect(set.classes == ["9", "10"] && set.labels == [0, 1, 1])
        #expect((set.height, set.width) == (3, 4))
        #expect(try set.images[2] == PNGFile(fixture("png/grey.png")).pixels)
    }

    @Test("a damaged file, one of another size and an empty folder are refused with the file and the fix")
    func refused() throws {
        let folder = try folder(["a/1.png": "grey", "b/2.png": "colour"])
        defer { try? FileManager.default.removeItem(at: folder) }
        func message() -> String {
            do {
                _ = try ImageSet(contentsOf: folder)
                return "accepted"
            } catch {
                return "\(error)"
            }
        }
        let second = folder.appendingPathComponent("b/2.png")
        let whole = try Data(contentsOf: second)
        for count in 0..<whole.count - 12 {
            try whole.prefix(count).write(to: second)
            #expect(message().contains("b/2.png cannot be read as a PNG file"), "cut after \(count) bytes")
        }
        // One black position: a PNG file of another size, as Python's zlib packs it.
        let small = try #require(
            Data(
                base64Encoded:
                    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
            )
        )
        try small.write(to: second)
        #expect(message().contains("b/2.png has 1 × 1 pixels, the files before have 4 × 3"))
        try FileManager.default.removeItem(at: folder.appendingPathComponent("a"))
        try FileManager.default.removeItem(at: folder.appendingPathComponent("b"))
        #expect(message().contains("one sub-folder of PNG files a class"))
    }
}
