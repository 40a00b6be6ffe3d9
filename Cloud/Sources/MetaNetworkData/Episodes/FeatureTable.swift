import Crypto
import Foundation
import MetaNetwork

/// Rows of values of many devices: a CSV or TSV file with a header.
public struct FeatureTable: Sendable {
    /// Names of the feature columns.
    public let featureNames: [String]
    /// What is predicted.
    public let outputs: BundleManifest.Outputs
    /// The devices in order of their first row.
    public let devices: [Device]
    /// Name of the column of groups; `nil` where there is none.
    public let groupName: String?
    /// SHA-256 of the file and of the columns in use, in hexadecimal.
    public let digest: String

    /// The rows of one device, in order of time.
    public struct Device: Sendable {
        /// The device's name.
        public let name: String
        /// What it shares with other devices, such as the person who wears them; its own name where there is no column of groups.
        public let group: String
        /// One row each: the features, and behind them the numbers of the tokens. What is missing is NaN.
        public fileprivate(set) var features: [[Float]] = []
        /// The index of each row's class, or the values to predict.
        public fileprivate(set) var targets: [[Float]] = []
        fileprivate var times: [Double] = []
    }

    /// Which columns hold what.
    public struct Columns: Sendable, Equatable {
        /// The device.
        public var device: String
        /// The class, or the values to predict.
        public var targets: [String]
        /// The time by which a device's rows are sorted; `nil` where they are in order.
        public var time: String?
        /// What devices share, such as the person who wears them; `nil` where each stands alone.
        public var group: String?
        /// The features; empty for all columns that are nothing else.
        public var features: [String]

        /// Creates a mapping.
        public init(
            device: String,
            targets: [String],
            time: String? = nil,
            group: String? = nil,
            features: [String] = []
        ) {
            self.device = device
            self.targets = targets
            self.time = time
            self.group = group
            self.features = features
        }
    }

    /// Whether a file begins with names of columns, as a table does and images of pixels do not; `false` where there is no such file.
    ///
    /// - Throws: ``DataError`` where it cannot be read.
    package static func hasHeader(_ url: URL) throws -> Bool {
        guard ["csv", "tsv"].contains(url.dataExtension) else { return false }
        guard FileManager.default.fileExists(atPath: url.path) else { return false }
        var hasHeader = false
        try LineReader(url: url).forEachLine { _, line in
            let text = String(decoding: line, as: UTF8.self)
            hasHeader = text.split { $0 == "," || $0 == "\t" }.contains { Double($0) == nil }
            return false
        }
        return hasHeader
    }

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - url: A file with a header, separated by tabs where its name ends in `.tsv`, else by commas.
    ///   - columns: Which columns hold what.
    ///   - kind: Whether the target is a class, whose values are sorted by their text, or values.
    ///   - classes: The classes in the order of a bundle; `nil` takes those of the file.
    ///   - inputs: What the model reads where that is several inputs: a token is read from the column of its name, and cells of
    ///     features may be empty.
    /// - Throws: ``DataError``, which names the line and the column.
    public init(
        _ url: URL,
        columns: Columns,
        kind: BundleManifest.Outputs.Kind,
        classes: [String]? = nil,
        inputs: [ModelGraph.NamedInput] = []
    ) throws {
        let tokens = inputs.filter { $0.tokens != nil }
        var reader = try FeatureReader(url, columns, kind, tokens, allowsMissing: inputs.count > 1)
        try reader.read()
        guard !reader.devices.isEmpty else { throw DataError("\(url.path) has a header and no rows; give it some") }
        featureNames = reader.featureNames
        groupName = columns.group
        let found = Set(reader.classNames)
        let names = kind == .regression ? columns.targets : classes ?? found.sorted(by: FeatureReader.precedes)
        outputs = BundleManifest.Outputs(kind: kind, names: names)
        // The file numbers its classes as they come, the bundle in its own order; a regression has none.
        let classIndices = try reader.classNames.map { name in
            guard let index = names.firstIndex(of: name) else {
                throw DataError(
                    "\(url.path) has the class '\(name)', which the bundle does not know; leave its rows out"
                )
            }
            return Float(index)
        }
        devices = reader.devices.map { device in
            var device = device
            if kind == .classification {
                device.targets = device.targets.map { $0.map { classIndices[Int($0)] } }
            }
            let order = device.times.indices.sorted { (device.times[$0], $0) < (device.times[$1], $1) }
            if !order.isEmpty {
                device.features = order.map { device.features[$0] }
                device.targets = order.map { device.targets[$0] }
            }
            return device
        }
        var hash = SHA256()
        hash.update(data: Data("\(columns)\(kind)\(names)".utf8))
        for input in tokens { hash.update(data: Data("\(input)".utf8)) }
        hash.update(data: (try? Data(contentsOf: url, options: .mappedIfSafe)) ?? Data())
        digest = hash.finalize().hexadecimal
    }
}

/// Reads the rows of a ``FeatureTable``.
private struct FeatureReader {
    private let kind: BundleManifest.Outputs.Kind
    private let header: TableHeader
    private let places: (device: Int, targets: [Int], time: Int?, group: Int?, features: [Int])
    /// Columns of tokens with the number of each.
    private let tokens: [(place: Int, numbers: [String: Float])]
    /// Whether a cell of a feature may be empty.
    private let allowsMissing: Bool
    private(set) var devices: [FeatureTable.Device] = []
    private(set) var classNames: [String] = []
    private var classPlaces: [String: Int] = [:]
    private var devicePlaces: [String: Int] = [:]

    var featureNames: [String] { places.features.map { header.names[$0] } }

    init(
        _ url: URL,
        _ columns: FeatureTable.Columns,
        _ kind: BundleManifest.Outputs.Kind,
        _ tokens: [ModelGraph.NamedInput],
        allowsMissing: Bool
    ) throws {
        self.kind = kind
        self.allowsMissing = allowsMissing
        let header = try TableHeader(url)
        let device = try header.place(columns.device, "device", "name it with --device-column")
        let targets = try columns.targets.map { try header.place($0, "target", "name it with --target-columns") }
        let time = try columns.time.map { try header.place($0, "time", "name it with --time-column") }
        let group = try columns.group.map { try header.place($0, "group", "name it with --group-column") }
        let named = try columns.features.map { try header.place($0, "features", "name it with --feature-columns") }
        self.tokens = try tokens.map { input in
            let numbers = (input.tokens ?? []).enumerated().map { ($0.element, Float($0.offset + 1)) }
            return (
                try header.place(input.name, "tokens of the input '\(input.name)'", "rename the input or the column"),
                Dictionary(uniqueKeysWithValues: numbers)
            )
        }
        let taken = Set([device, time, group].compactMap(\.self) + targets + self.tokens.map(\.place))
        let others = header.names.indices.filter { !taken.contains($0) }
        let features = named.isEmpty ? others : named
        guard !features.isEmpty else {
            throw DataError("\(url.path) has no column of features beside the others; add some")
        }
        guard kind == .regression || targets.count == 1 else {
            throw DataError("a class is one column, \(targets.count) were named; name one with --target-columns")
        }
        self.header = header
        places = (device, targets, time, group, features)
    }

    mutating func read() throws {
        let header = header
        try header.forEachRow { columns, line throws(DataError) in try add(columns, line) }
    }

    private mutating func add(_ columns: [UnsafeBufferPointer<UInt8>], _ line: Int) throws(DataError) {
        func text(_ place: Int) -> String { String(decoding: columns[place], as: UTF8.self) }
        func number(_ place: Int) throws(DataError) -> Double {
            let text = text(place).trimmingCharacters(in: .whitespaces)
            guard let value = Double(text), value.isFinite, Float(value).isFinite else {
                throw DataError(
                    "\(header.url.path): line \(line), column '\(header.names[place])' has '\(text)', which is no finite number; leave the "
                        + "column out with --feature-columns, name it with --group-column where it groups devices, or fix the line"
                )
            }
            return value
        }
        let name = text(places.device)
        let device = devicePlaces[name] ?? devices.count
        let group = places.group.map(text) ?? name
        if device == devices.count {
            devicePlaces[name] = device
            devices.append(FeatureTable.Device(name: name, group: group))
        } else if devices[device].group != group {
            throw DataError(
                "\(header.url.path): line \(line) has the device '\(name)' in the group '\(group)', an earlier line has it in "
                    + "'\(devices[device].group)'; a device has one group: fix the line"
            )
        }
        var features: [Float] = []
        for place in places.features {
            let isMissing = allowsMissing && columns[place].isEmpty
            features.append(isMissing ? .nan : Float(try number(place)))
        }
        features += tokens.map { $0.numbers[text($0.place)] ?? 0 }
        var targets: [Float] = []
        for place in places.targets {
            targets.append(kind == .regression ? Float(try number(place)) : Float(classPlace(text(place))))
        }
        if let time = places.time { devices[device].times.append(try number(time)) }
        devices[device].features.append(features)
        devices[device].targets.append(targets)
    }

    private mutating func classPlace(_ name: String) -> Int {
        if let place = classPlaces[name] { return place }
        classPlaces[name] = classNames.count
        classNames.append(name)
        return classNames.count - 1
    }

    /// Numbers in order of their value, other names by their text.
    static func precedes(_ a: String, _ b: String) -> Bool {
        if let left = Double(a), let right = Double(b), left != right { return left < right }
        return a < b
    }
}
