import Crypto
import Foundation
import Testing

@testable import MetaNetworkData

/// The conversion of seglearn's file, on a small one that NumPy wrote: `Fixtures/make_watch_fixtures.py`.
@Suite("The data set of watches")
struct WatchTests {
    private struct Fixture: Decodable {
        struct Row: Decodable {
            let device: String
            let person: String
            let `class`: String
            let time: Int
            let values: [Double]

            var key: [String] { [device, person, "\(time)", `class`] }
        }
        let windows: [Row]
        let firstSamples: [Row]
        let sampleCount: Int
    }

    private func fixture(_ name: String) throws -> Data {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures"))
        return try Data(contentsOf: url)
    }

    private func converted(_ input: Data) throws -> Result<[Data], PythonScript.Failure> {
        let watch = try #require(DataCatalog.all.first { $0.name == "watch" })
        guard case .converted(_, _, let script) = watch.origin else { throw CancellationError() }
        return try PythonScript(text: script, isIsolated: true)
            .run(input: input, outputs: 3, environment: ProcessInfo.processInfo.environment)
    }

    private func rows(_ table: Data) -> [[String]] {
        String(decoding: table, as: UTF8.self).split(separator: "\n")
            .map { $0.split(separator: ",").map(String.init) }
    }

    @Test("is the samples, and mean and standard deviation of windows of 100 of them as NumPy computes them")
    func conversion() throws {
        let expected = try JSONDecoder().decode(Fixture.self, from: fixture("watch.json"))
        let tables = try converted(fixture("watch.npy")).get().map(rows)
        let names = ["device", "person", "time", "class"]
        #expect(Array(tables[0][0][..<10]) == names + ["ax_mean", "ay_mean", "az_mean", "ax_sd", "ay_sd", "az_sd"])
        #expect(tables[1][0] == names + ["ax", "ay", "az", "wx", "wy", "wz"])
        #expect(tables[0].dropFirst().map { Array($0[..<4]) } == expected.windows.map(\.key))
        for (row, window) in zip(tables[0].dropFirst(), expected.windows) {
            for (text, value) in zip(row[4...], window.values) {
                #expect(abs(try #require(Double(text)) - value) < 1e-8)
            }
        }
        #expect(
            tables[2].count == 2 * tables[0].count - 1
                && Array(tables[2][0][..<5]) == names[..<3] + ["question", "class"]
        )
        for (place, row) in tables[2].dropFirst().enumerated() {
            let window = tables[0][1 + place / 2]
            let answer =
                place % 2 == 0 ? ["exercise", window[3]] : ["arm", window[0].hasSuffix("left") ? "left" : "right"]
            #expect(row == window[..<3] + answer + window[4...])
        }
        #expect(tables[1].count == 1 + expected.sampleCount)
        for sample in expected.firstSamples {
            let row = try #require(tables[1].first { Array($0[..<4]) == sample.key })
            #expect(row[4...].map { Double($0) } == sample.values)
        }
    }

    /// A file of the same form with another pickle.
    private func file(_ pickle: [UInt8]) -> Data {
        let header = "{'descr': '|O', 'fortran_order': False, 'shape': (), }\n"
        return Data([0x93] + "NUMPY".utf8 + [1, 0, UInt8(header.utf8.count), 0] + header.utf8 + pickle)
    }

    @Test("a pickle that names anything but arrays is refused before it is called")
    func hostile() throws {
        let mark = FileManager.default.temporaryDirectory.appendingPathComponent("owned-\(UUID().uuidString)")
        let call = "(S'touch \(mark.path)'\ntR."
        let pickles: [(String, String)] = [
            ("cposix\nsystem\n" + call, "posix.system"), ("cos\nsystem\n" + call, "os.system"),
            ("cbuiltins\neval\n(S'1'\ntR.", "builtins.eval"), ("c_codecs\ndecode\n(S'1'\ntR.", "_codecs.decode"),
            ("(S'touch \(mark.path)'\nios\nsystem\n.", "os.system"),
            ("cnumpy\nload\n(S'\(mark.path)'\ntR.", "numpy.load"),
        ]
        for (pickle, name) in pickles {
            guard case .failure(let failure) = try converted(file(Array(pickle.utf8))) else {
                Issue.record("\(name) was admitted")
                continue
            }
            #expect(failure.reason.contains("the pickle names \(name); arrays alone are read"), "\(failure.reason)")
        }
        #expect(!FileManager.default.fileExists(atPath: mark.path))
    }

    @Test("a file that is cut off, or something else, is refused in one line")
    func damaged() throws {
        let whole = try fixture("watch.npy")
        var other = whole
        other.replaceSubrange(0..<4, with: Data("PK12".utf8))
        for (input, words) in [
            (whole.prefix(whole.count / 2), "the file is damaged"), (other, "it is no .npy file"),
            (file(Array("I1\n.".utf8)), "it holds no single object"), (Data([1]), "it is no .npy file"),
        ] {
            guard case .failure(let failure) = try converted(input) else {
                Issue.record("\(words): was read")
                continue
            }
            #expect(failure.reason.contains(words), "\(failure.reason)")
        }
    }
}
