import Foundation
import MetaNetwork
import MetaNetworkData

/// Which devices can send rows to which, without the coordinator between them. Links carry rows both ways.
public struct DeviceGraph: Sendable, Equatable {
    /// The devices that each is linked to, ascending.
    public let neighbours: [[Int]]
    /// Where devices are, from 0 to 1 across and down; `nil` where nobody knows.
    public let places: [Place]?

    /// Where a device is.
    public struct Place: Sendable, Equatable {
        /// From 0, left, to 1.
        public let x: Double
        /// From 0, top, to 1.
        public let y: Double
    }

    /// Number of devices.
    public var count: Int { neighbours.count }
    /// Number of links.
    public var links: Int { neighbours.reduce(0) { $0 + $1.count } / 2 }
    /// Devices without a link: they compute all of their rows themselves.
    public var isolated: [Int] { neighbours.indices.filter { neighbours[$0].isEmpty } }

    /// Creates a graph of links.
    ///
    /// - Parameters:
    ///   - count: Number of devices.
    ///   - links: Pairs of devices; a link of a device to itself means nothing.
    ///   - places: Where devices are.
    init(_ count: Int, links: some Sequence<(Int, Int)>, places: [Place]? = nil) {
        var neighbours = [Set<Int>](repeating: [], count: count)
        for (a, b) in links where a != b {
            neighbours[a].insert(b)
            neighbours[b].insert(a)
        }
        self.neighbours = neighbours.map { $0.sorted() }
        self.places = places
    }

    /// Links all devices.
    static func full(_ count: Int) -> DeviceGraph {
        DeviceGraph(count, links: (0..<count).lazy.flatMap { a in (0..<a).lazy.map { (a, $0) } })
    }

    /// Devices at random places of a square, linked where they are near each other.
    ///
    /// - Parameters:
    ///   - count: Number of devices.
    ///   - degree: Links of a device on average, but for those at the edge, which have fewer.
    static func geometric(_ count: Int, degree: Double, _ sources: Sources) -> DeviceGraph {
        let places = (0..<count).map { device in
            var random = sources.source(.links, device)
            return Place(x: Double(random.uniform()), y: Double(random.uniform()))
        }
        let reach = degree / (Double.pi * Double(max(1, count - 1)))
        let links = (0..<count).lazy.flatMap { a in
            (0..<a).lazy.map { (a, $0) }.filter { a, b in
                let (x, y) = (places[a].x - places[b].x, places[a].y - places[b].y)
                return x * x + y * y <= reach
            }
        }
        return DeviceGraph(count, links: links, places: places)
    }
}

// MARK: Files

extension DeviceGraph {
    /// Reads a file: pairs of names below the line `from,to`, or a square matrix without names, whose positive numbers are links.
    ///
    /// - Parameters:
    ///   - url: The file, in CSV.
    ///   - names: Names of the devices, in the order of the matrix.
    /// - Throws: ``FederatedError`` with the line, where it names what is no device, or is of another number of devices; `FileError`.
    public init(contentsOf url: URL, names: [String]) throws {
        let lines = try String(decoding: AtomicFile.read(url), as: UTF8.self).split(whereSeparator: \.isNewline)
        let file = url.lastPathComponent
        if lines.first == "from,to" {
            self = try Self(pairs: lines.dropFirst(), names, file)
        } else {
            self = try Self(matrix: lines, names, file)
        }
    }

    private init(pairs: ArraySlice<Substring>, _ names: [String], _ file: String) throws(FederatedError) {
        let numbers = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
        var links: [(Int, Int)] = []
        for (place, line) in zip(2..., pairs) {
            let ends = line.split(separator: ",", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard ends.count == 2 else {
                throw FederatedError("\(file), line \(place): '\(line)' is no link; write two devices, from,to")
            }
            guard let from = numbers[ends[0]], let to = numbers[ends[1]] else {
                let unknown = numbers[ends[0]] == nil ? ends[0] : ends[1]
                throw FederatedError(
                    "\(file), line \(place): '\(unknown)' is no device; the data's devices are "
                        + "\(names.prefix(3).joined(separator: ", "))\(names.count > 3 ? " …" : "")"
                )
            }
            links.append((from, to))
        }
        self.init(names.count, links: links)
    }

    private init(matrix lines: [Substring], _ names: [String], _ file: String) throws(FederatedError) {
        guard lines.count == names.count else {
            throw FederatedError(
                "\(file) has \(lines.count) lines and the data have \(names.count) devices; give a line and a column for each, or links "
                    + "by name below a line from,to"
            )
        }
        var links: [(Int, Int)] = []
        for (row, line) in lines.enumerated() {
            let values = line.split(separator: ",").map { Double($0.trimmingCharacters(in: .whitespaces)) }
            guard values.count == names.count, values.allSatisfy({ $0?.isFinite == true }) else {
                throw FederatedError(
                    "\(file), line \(row + 1): there must be \(names.count) numbers, one for each device; a positive one is a link"
                )
            }
            links += values.indices.filter { values[$0] ?? 0 > 0 }.map { (row, $0) }
        }
        self.init(names.count, links: links)
    }
}
