import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkData
@testable import MetaNetworkPNG

@Suite("Images under shifts")
struct ImageTests {
    private struct Fixture: Decodable {
        let width: Int
        let image: [Float]
        let cases: [Case]

        struct Case: Decodable {
            let kind: String
            let amount: Float
            let side: Float
            let values: [Float]
        }
    }

    @Test("rotation, blur and stroke agree with SciPy to 1e-5")
    func scipy() throws {
        let url = try #require(
            Bundle.module.url(forResource: "images", withExtension: "json", subdirectory: "Fixtures")
        )
        let fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
        var random = SeededGenerator(seed: 1)
        for one in fixture.cases {
            let shift = ImageShift(try #require(.init(rawValue: one.kind)), amount: one.amount, side: one.side)
            let found = shift.applied(to: fixture.image, width: fixture.width, random: &random)
            let difference = zip(found, one.values).map { abs($0 - $1) }.max() ?? 1
            #expect(found.count == one.values.count && difference < 1e-5, "\(one.kind) \(one.amount): \(difference)")
        }
    }

    @Test("every shift leaves an image as it is where its amount is 0, and keeps grey values from 0 to 1")
    func bounds() {
        var random = SeededGenerator(seed: 2)
        let image = (0..<64).map { _ in random.uniform() }
        for kind in ImageShift.Kind.allCases {
            for side in [-1, 1] as [Float] {
                let none = ImageShift(kind, amount: 0, side: side).applied(to: image, width: 8, random: &random)
                #expect(zip(none, image).allSatisfy { abs($0 - $1) < 1e-6 }, "\(kind)")
                let most = ImageShift(kind, amount: 1, side: side).applied(to: image, width: 8, random: &random)
                #expect(most.allSatisfy { (-1e-6...1.000_001).contains($0) }, "\(kind)")
                #expect(kind == .skew || most != image, "\(kind)")
            }
        }
    }

    @Test("noise has the deviation that it says")
    func noise() {
        var random = SeededGenerator(seed: 4)
        let grey = [Float](repeating: 0.5, count: 10_000)
        let noisy = ImageShift(.noise, amount: 0.2).applied(to: grey, width: 100, random: &random)
        let variance = noisy.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / 10_000
        #expect(abs(variance.squareRoot() - 0.12) < 0.004)
    }

    /// 200 images of 4 × 4 positions in four classes; each image is its number.
    private func numbered() throws -> ImageSet {
        try ImageSet(
            height: 4,
            width: 4,
            images: (0..<200).map { [Float](repeating: Float($0) / 200, count: 16) },
            labels: (0..<200).map { $0 % 4 },
            classes: ["a", "b", "c", "d"]
        )
    }

    @Test("a skewed device meets mostly two classes, as many as its amount says")
    func skew() throws {
        var random = SeededGenerator(seed: 5)
        let set = try numbered()
        let drawn = ImageShift(.skew, amount: 0.9, seed: 7).draw(2_000, of: set, Array(0..<200), random: &random)
        let counts = (0..<4).map { label in drawn.filter { set.labels[$0] == label }.count }.sorted()
        #expect(abs(Double(counts[2] + counts[3]) / 2_000 - 0.95) < 0.02, "0.9, and half of the rest")
        #expect(counts[2] > 800)
    }

    @Test("amounts and images of held-out devices are never met in training")
    func heldOut() throws {
        let source = try ShiftedImages(numbered(), kinds: [.skew, .rotation], samples: 4, devicesOfLevel: 2)
        var random = SeededGenerator(seed: 6)
        let training = source.plan(batch: 64, random: &random).flatMap { $0(&random) }
        func numbers(_ episodes: [Episode]) -> Set<Int> {
            // A rotation keeps the middle of an image of one grey value.
            Set(episodes.flatMap { $0.support + $0.query }.map { Int(($0[5] * 200).rounded()) })
        }
        let parts = [training, source.episodes(.validation), source.episodes(.test)].map(numbers)
        #expect(parts[0].isDisjoint(with: parts[1]) && parts[0].isDisjoint(with: parts[2]))
        #expect(parts[1].isDisjoint(with: parts[2]))
        var bands: [Part: Set<Int>] = [:]
        for part in Part.allCases {
            for _ in 0..<300 {
                let shift = ImageShift.drawn(.blur, part, random: &random)
                bands[part, default: []].insert(Int(shift.amount * 20))
            }
        }
        #expect(bands[.training] == Set(stride(from: 0, to: 20, by: 2)))
        #expect(bands[.validation] == Set(stride(from: 1, to: 20, by: 4)))
        #expect(bands[.test] == Set(stride(from: 3, to: 20, by: 4)))
    }

    @Test("held-out devices are the same on every call, some without a shift, as many in each level")
    func episodes() throws {
        let source = try ShiftedImages(numbered(), kinds: [.rotation], samples: 4, devicesOfLevel: 3)
        let episodes = source.episodes(.test)
        #expect(
            episodes.map(\.group) == ["no shift", "no shift", "no shift"]
                + (1...5).flatMap { level in
                    [String](repeating: "rotation \(level)", count: 3)
                }
        )
        #expect(episodes.allSatisfy { $0.support.count == 4 && $0.query.count == 50 && $0.targets.count == 50 })
        #expect(source.episodes(.test).map(\.query) == episodes.map(\.query))
        #expect(Set(episodes.map(\.device)).count == episodes.count)
    }

    @Test("a kind of shift can be kept for the test alone")
    func heldOutKind() throws {
        let source = try ShiftedImages(
            numbered(),
            kinds: [.rotation],
            testKinds: [.blur],
            samples: 4,
            devicesOfLevel: 1
        )
        func kinds(_ part: Part) -> Set<String> {
            Set(source.episodes(part).compactMap { $0.group.split(separator: " ").first.map(String.init) })
        }
        #expect(kinds(.validation) == ["no", "rotation"] && kinds(.test) == ["no", "blur"])
        let same = try ShiftedImages(numbered(), kinds: [.rotation], samples: 4, devicesOfLevel: 1)
        #expect(source.digest != same.digest, "records of the one are none of the other")
        #expect(source.episodes(.validation).map(\.query) == same.episodes(.validation).map(\.query))
    }

    private func folder(_ files: [String: Data]) throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for (name, data) in files { try data.write(to: url.appendingPathComponent(name)) }
        return url
    }

    private func idx(_ shape: [UInt8], _ bytes: [UInt8]) -> Data {
        Data([0, 0, 8, UInt8(shape.count)] + shape.flatMap { [0, 0, 0, $0] } + bytes)
    }

    @Test("IDX files are read as MNIST has them, those of a test set too")
    func idx() throws {
        let folder = try folder([
            "train-images-idx3-ubyte": idx([2, 1, 2], [0, 255, 51, 102]), "train-labels-idx1-ubyte": idx([2], [1, 0]),
            "t10k-images-idx3-ubyte": idx([1, 1, 2], [5, 10]), "t10k-labels-idx1-ubyte": idx([1], [1]),
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        let set = try ImageSet(contentsOf: folder)
        #expect((set.height, set.width) == (1, 2))
        #expect(set.labels == [1, 1, 0])
        #expect(set.images[1] == [0, 1])
        #expect(set.images[2] == [0.2, 0.4])
    }

    @Test("images that do not fit are refused with the file, the line and the fix")
    func bad() throws {
        func message(_ files: [String: Data], file: String? = nil) throws -> String {
            let folder = try folder(files)
            defer { try? FileManager.default.removeItem(at: folder) }
            let url = file.map(folder.appendingPathComponent) ?? folder
            do {
                _ = try ImageSet(contentsOf: url)
                return "accepted"
            } catch {
                return "\(error)"
            }
        }
        let labels = idx([1], [0])
        #expect(try message([:]).contains("give MNIST's IDX files"))
        #expect(try message(["train-images-idx3-ubyte.gz": Data()]).contains("gunzip"))
        #expect(
            try message(["a-images-idx3-ubyte": idx([2, 1, 2], [0, 1]), "a-labels-idx1-ubyte": labels])
                .contains("fetch it again")
        )
        #expect(
            try message(["a-images-idx3-ubyte": idx([2, 1, 1], [0, 1]), "a-labels-idx1-ubyte": labels])
                .contains("2 images and 1 labels")
        )
        #expect(try message(["a-images-idx3-ubyte": Data([1, 2, 3])]).contains("no IDX file"))
        func lines(_ text: String) throws -> String { try message(["i.csv": Data(text.utf8)], file: "i.csv") }
        #expect(try lines("\"0,1,2,3,a\n").contains("line 1 is not the pixels of an image"))
        #expect(try lines("0,1,2,3,a\n0,1,2,b\n").contains("line 2 has 3 pixels, the lines before have 4"))
        #expect(try lines("0,1,2,300,a\n").contains("line 1"))
        #expect(try lines("0,1,2,a\n").contains("no square"))
        #expect(try lines("").contains("has no images"))
    }

    @Test("too few images, and a class without training images, are refused")
    func unusable() throws {
        func set(_ count: Int, labels: [Int], classes: [String]) throws -> ImageSet {
            try ImageSet(height: 1, width: 1, images: (0..<count).map { _ in [0] }, labels: labels, classes: classes)
        }
        #expect(throws: DataError.self) {
            try ShiftedImages(set(99, labels: [Int](repeating: 0, count: 99), classes: ["a"]), kinds: [.blur])
        }
        // Wherever one single image falls, for one place at least it is held out.
        let messages = try (0..<10).map { place in
            var labels = [Int](repeating: 0, count: 100)
            labels[place] = 1
            do {
                _ = try ShiftedImages(set(100, labels: labels, classes: ["often", "once"]), kinds: [.blur])
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(messages.contains { $0.contains("no training image has the class 'once'") })
        #expect(throws: DataError.self) { try set(2, labels: [0, 0], classes: ["a", "b"]) }
    }
}
