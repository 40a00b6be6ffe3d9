import Foundation
import MetaNetworkWire

/// Samples on disk, one JSON object a line. A sample is appended, so a crash costs at most the line that was being written.
struct SampleLog: Sendable {
    let url: URL
    let lock: FolderLock
    /// Maximum number of samples kept.
    var limit: Int
    /// Longest raw id, or vector in base64, in bytes.
    let contentBytes: Int
    /// Maximum number of bytes of all ids and vectors that are kept; `nil` for any.
    var totalBytes: Int?

    /// Maximum size of a sample in bytes: every byte of its id escaped, and the rest; or of a code.
    private var lineBytes: Int { 6 * contentBytes + 1_024 }
    /// Largest log that is read, however long its lines may be.
    private static let fileBytes = 256 << 20

    /// How much some samples are.
    struct Size: Sendable {
        private(set) var samples = 0
        private(set) var bytes = 0

        init(of samples: [SampleEvents.Event] = []) { add(samples) }

        mutating func add(_ samples: [SampleEvents.Event]) {
            self.samples += samples.count
            bytes += Self.bytes(samples)
        }

        mutating func remove(_ samples: [SampleEvents.Event]) {
            self.samples -= samples.count
            bytes -= Self.bytes(samples)
        }

        private static func bytes(_ samples: [SampleEvents.Event]) -> Int {
            samples.reduce(0) { $0 + $1.item.utf8.count + ($1.code?.values.utf8.count ?? 0) }
        }
    }

    /// Whether so much is no more than is kept, or than so many times as much.
    func holds(_ size: Size, times: Int = 1) -> Bool {
        size.samples / times <= limit && totalBytes.map { size.bytes / times <= $0 } != false
    }

    /// The last samples, as many as are kept; one at least.
    func latest(_ samples: [SampleEvents.Event]) -> [SampleEvents.Event] {
        var size = Size()
        let kept = samples.reversed().prefix { sample in
            size.add([sample])
            return holds(size) || size.samples == 1
        }
        return kept.reversed()
    }

    /// Appends samples.
    func append(_ samples: [SampleEvents.Event]) throws {
        try lock.locked {
            if !FileManager.default.fileExists(atPath: url.path) { try PrivateFile.write(Data(), to: url) }
            let file = try FileHandle(forWritingTo: url)
            defer { try? file.close() }
            try file.seekToEnd()
            try file.write(contentsOf: Self.lines(samples))
        }
    }

    /// Reads what is there; lines that are no sample are left out and counted. A sample that was written twice, as a full
    /// disk may have it, counts once.
    func read() throws -> (samples: [SampleEvents.Event], damagedLines: Int) {
        // Twice as many as are kept may lie there before the log is cut.
        guard let data = try BoundedFile.read(url, limit: min(4 * limit * lineBytes, Self.fileBytes)) else {
            return ([], 0)
        }
        var samples: [SampleEvents.Event] = []
        var damagedLines = 0
        var ids: Set<String> = []
        let decoder = JSONDecoder()
        for line in data.split(separator: UInt8(ascii: "\n")) {
            if line.count <= lineBytes, let sample = try? decoder.decode(SampleEvents.Event.self, from: Data(line)),
                sample.item.isEmpty == (sample.code != nil), sample.item.utf8.count <= contentBytes
            {
                if ids.insert(sample.id).inserted { samples.append(sample) }
            } else {
                damagedLines += 1
            }
        }
        return (samples, damagedLines)
    }

    /// Rewrites the log with the samples that pass, the last ones where there are too many.
    func rewrite(keeping isKept: (SampleEvents.Event) -> Bool = { _ in true }) throws {
        try lock.locked {
            let kept = latest(try read().samples.filter(isKept))
            try PrivateFile.write(Self.lines(kept), to: url)
        }
    }

    /// Moves a log that cannot be read to a name where it is not read.
    func setAside() {
        let aside = url.appendingPathExtension("damaged")
        try? FileManager.default.removeItem(at: aside)
        try? FileManager.default.moveItem(at: url, to: aside)
    }

    /// Each line begins with the line end, so that one that was cut short spoils itself alone.
    private static func lines(_ samples: [SampleEvents.Event]) throws -> Data {
        let encoder = JSONEncoder()
        var data = Data()
        for sample in samples {
            data.append(UInt8(ascii: "\n"))
            data.append(try encoder.encode(sample))
        }
        return data
    }
}
