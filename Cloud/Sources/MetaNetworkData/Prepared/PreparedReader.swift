import Foundation

/// Reads files of prepared interactions, one after the other: Python's pyarrow, in one process that stays until this goes, and writes to a pipe.
///
/// To start that process takes longer than to read a small file. It is started with the first file, and ends with its standard input, however this process
/// ends. Memory: its own, some 100 MB.
///
/// `@unchecked Sendable`: the process is asked, and read, under the lock alone.
final class PreparedReader: @unchecked Sendable {
    private let lock = NSLock()
    private var python: PreparedPython?

    /// Reads a file; whoever else wants one waits for it.
    ///
    /// - Parameters:
    ///   - kind: What the file holds.
    ///   - file: Its place.
    ///   - body: Takes its pieces, to the end or not.
    /// - Throws: ``DataError`` where there is no python3 or pyarrow, or the file is damaged; what `body` throws.
    func read<Value>(
        _ kind: PreparedPieces.Kind,
        _ file: URL,
        _ body: (PreparedPieces) throws(DataError) -> Value
    ) throws(DataError) -> Value {
        lock.lock()
        defer { lock.unlock() }
        let python = if let own = self.python { own } else { try PreparedPython() }
        // In the middle of an answer it is of no more use.
        self.python = nil
        let pieces = PreparedPieces(kind, file, python)
        let value = try body(pieces)
        if pieces.isAtEnd { self.python = python }
        return value
    }
}

/// The process that reads; it ends with this.
private final class PreparedPython {
    let running: PythonScript.Running
    private let requests: RequestChannel

    /// - Throws: ``DataError`` where nothing can be started.
    init() throws(DataError) {
        requests = try RequestChannel()
        let script = EmbeddedTexts.prepared_py
        running = try PythonTable.script(script).start([], input: requests.input)
        requests.handOver()
    }

    // Where it is writing, nobody reads that any more.
    deinit { try? running.output.fileHandleForReading.close() }

    func ask(for kind: PreparedPieces.Kind, of file: URL) {
        guard let request = try? JSONEncoder().encode([kind.rawValue, file.path]) else {
            preconditionFailure("texts are JSON")
        }
        requests.write(request + Data("\n".utf8))
    }
}

/// The numbers and texts of a file, piece by piece.
///
/// Memory: some 8,192 users with their histories.
final class PreparedPieces {
    /// What is read.
    enum Kind: String {
        case items, users, histories
        /// Histories without their times.
        case choices
    }

    private let file: String
    private let python: PreparedPython
    /// Whether all were read.
    fileprivate private(set) var isAtEnd = false

    fileprivate init(_ kind: Kind, _ file: URL, _ python: PreparedPython) {
        (self.file, self.python) = (file.path, python)
        python.ask(for: kind, of: file)
    }

    /// How many rows the next piece has; `nil` after the last one.
    func rows() throws(DataError) -> Int? {
        let count = try length()
        isAtEnd = count < 0
        return isAtEnd ? nil : count
    }

    /// So many 32-bit numbers.
    func integers(_ count: Int) throws(DataError) -> [Int32] {
        let data = try whole(4 * count)
        return data.withUnsafeBytes { bytes in
            (0..<count).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self).littleEndian }
        }
    }

    /// So many double-precision numbers.
    func doubles(_ count: Int) throws(DataError) -> [Double] {
        let data = try whole(8 * count)
        return data.withUnsafeBytes { bytes in
            (0..<count).map {
                Double(bitPattern: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self).littleEndian)
            }
        }
    }

    /// How long what comes is.
    func length() throws(DataError) -> Int {
        Int(try whole(8).withUnsafeBytes { $0.loadUnaligned(as: Int64.self).littleEndian })
    }

    /// So many bytes.
    func whole(_ count: Int) throws(DataError) -> Data {
        var data = Data()
        while data.count < count {
            let piece: Data?
            do { piece = try python.running.output.fileHandleForReading.read(upToCount: count - data.count) } catch {
                throw DataError("\(file) cannot be read: \(error.localizedDescription)")
            }
            guard let piece, !piece.isEmpty else { throw ended() }
            if data.isEmpty { data = piece } else { data.append(piece) }
        }
        return data
    }

    /// Why it ended before the file's end.
    private func ended() -> DataError {
        let end = python.running.end()
        guard end.status != 0 else {
            return DataError("\(file): pyarrow ended in the middle of a piece; prepare the data again")
        }
        return PythonTable.error(file, end)
    }
}
