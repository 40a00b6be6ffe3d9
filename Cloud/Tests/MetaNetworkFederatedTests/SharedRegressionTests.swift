import Foundation
import MetaNetworkData
import Testing

@testable import MetaNetworkFederated

@Suite("Where shared rows and links come from")
final class SharedRegressionTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func file(_ name: String, _ text: String) throws -> URL {
        let url = folder.appendingPathComponent(name)
        try Data(text.utf8).write(to: url)
        return url
    }

    /// Three waves; the third has no link.
    private func series() throws -> (URL, Links) {
        let lines = (0..<80).map { line in (0..<3).map { "\(sin(Double(line + $0) / 5))" }.joined(separator: ",") }
        let links = try file("links.csv", "from,to\na,b\n")
        return (try file("series.csv", "a,b,c\n" + lines.joined(separator: "\n")), .file(links.path))
    }

    @Test("series become rows of what is foreseen from what was known, by period; each tenth is held out")
    func ofSeries() throws {
        let (url, links) = try series()
        var shape = SeriesShape()
        (shape.ahead, shape.lags, shape.neighbours, shape.period) = (2, 3, 1, 40)
        let data = try SharedRegression(series: url, links: links, shape, seed: 1)
        #expect(
            data.names == ["a", "b", "c"] && data.graph.isolated == [2] && data.width == 7 && data.periods.count == 2
        )
        // The first forecast of the first period is of line 4 from lines 2, 1 and 0; of 36 rows 3 are held out.
        #expect(data.periods[0].rows.map(\.count) == [33, 33, 33] && data.periods[0].test.map(\.count) == [3, 3, 3])
        #expect(data.periods[1].rows.map(\.count) == [36, 36, 36])
        let (own, other) = (data.periods[0].rows[0], data.periods[0].rows[1])
        // The neighbour's values are one line ahead of its own; the 1 of the intercept is last.
        #expect(own.inputs[3..<6].elementsEqual(other.inputs[0..<3]) && own.inputs[6] == 1)
        // Two rows later the value that was foreseen is the last that is known.
        #expect(own.targets[0] == own.inputs[2 * 7])
        // Who has no neighbour reads itself twice.
        let lonely = data.periods[0].rows[2]
        #expect(lonely.inputs[0..<3].elementsEqual(lonely.inputs[3..<6]))
        shape.arrivals = 0.3
        let rare = try SharedRegression(series: url, links: links, shape, seed: 1)
        #expect(rare.periods[1].rows.map(\.count).reduce(0, +) < 108 && rare.digest != data.digest)
    }

    @Test("drift moves what is right from the second period on")
    func drift() throws {
        let (url, links) = try series()
        var shape = SeriesShape()
        (shape.ahead, shape.lags, shape.period) = (2, 3, 40)
        let still = try SharedRegression(series: url, links: links, shape, seed: 1)
        shape.drift = 0.1
        let moved = try SharedRegression(series: url, links: links, shape, seed: 1)
        #expect(moved.periods[0].rows == still.periods[0].rows)
        #expect(moved.periods[1].rows[0].inputs == still.periods[1].rows[0].inputs)
        #expect(moved.periods[1].rows[0].targets != still.periods[1].rows[0].targets)
    }

    @Test("a file of series or links that is none is told with its line")
    func files() throws {
        let (url, links) = try series()
        var shape = SeriesShape()
        shape.ahead = 1
        func refused(_ words: String, _ series: URL, _ links: Links) {
            let error = #expect(throws: FederatedError.self) {
                _ = try SharedRegression(series: series, links: links, shape, seed: 1)
            }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
        refused("series-gap.csv, line 3", try file("series-gap.csv", "a,b\n1,2\n1,\n"), links)
        refused("each once", try file("series-twice.csv", "a,a\n1,2\n"), links)
        refused("needs 13", try file("series-short.csv", "a,b\n1,2\n"), try Links("full"))
        func linked(_ text: String) throws -> Links { .file(try file(UUID().uuidString + ".csv", text).path) }
        refused("line 3: 'z' is no device; the data's devices are a, b, c", url, try linked("from,to\na,b\nz,a\n"))
        refused("line 2: 'a;b' is no link", url, try linked("from,to\na;b\n"))
        refused("2 lines and the data have 3 devices", url, try linked("0,1\n1,0\n"))
        refused("line 2: there must be 3 numbers", url, try linked("0,1,0\n1,0\n0,0,0\n"))
        for text in ["geometric-0", "geometric-x"] { #expect(throws: FederatedError.self) { try Links(text) } }
    }

    @Test("a matrix links where it is positive, in either direction")
    func matrix() throws {
        let url = try file("matrix.csv", "1,0.5,0\n0,1,0\n0,0,1\n")
        let graph = try DeviceGraph(contentsOf: url, names: ["a", "b", "c"])
        #expect(graph.neighbours == [[1], [0], []] && graph.links == 1)
    }

    @Test("devices at random places are linked where they are near, with about as many links as asked for")
    func geometric() {
        let graph = DeviceGraph.geometric(400, degree: 8, Sources(seed: 1))
        let degree = 2 * Double(graph.links) / 400
        #expect(degree > 6 && degree < 8.5 && graph.places?.count == 400)
        #expect(
            graph.neighbours.indices.allSatisfy { a in
                graph.neighbours[a].allSatisfy { graph.neighbours[$0].contains(a) }
            }
        )
    }

    @Test("inner products of random Fourier features come near the Gaussian kernel")
    func fourier() {
        let features = FourierFeatures(width: 6, count: 20_000, kernel: 0.3, Sources(seed: 1))
        let (a, b): ([Float], [Float]) = ([0, 0.5, 1, 0, -0.2, 0.7], [0.4, 0.1, 0.6, 0.3, 0, 0])
        let square = zip(a, b).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        let product = zip(features(a), features(b)).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(product - exp(-0.3 * square)) < 0.02)
    }
}
