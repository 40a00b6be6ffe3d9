import Foundation

/// The numbers and texts of files of Parquet, piece by piece: Python's pyarrow reads the files and writes to a pipe.
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
    private let python: PythonScript.Running

    /// - Parameters:
    ///   - kind: What the files hold.
    ///   - files: One after the other.
    /// - Throws: ``DataError`` where there is no python3.
    init(_ kind: Kind, _ files: [URL]) throws(DataError) {
        file = files.count == 1 ? files[0].path : files.first?.deletingLastPathComponent().path ?? ""
        let script = String(decoding: PackageResources.prepared_py, as: UTF8.self)
        python = try PythonScript(text: script).start([kind.rawValue] + files.map(\.path))
    }

    deinit {
        if python.process.isRunning { python.process.terminate() }
    }

    /// How many rows the next piece has; `nil` after the last one.
    func rows() throws(DataError) -> Int? {
        guard let data = try bytes(8, mayEnd: true) else { return nil }
        return Int(data.withUnsafeBytes { $0.loadUnaligned(as: Int64.self).littleEndian })
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
        guard let data = try bytes(count, mayEnd: false) else { preconditionFailure("an end was not allowed") }
        return data
    }

    private func bytes(_ count: Int, mayEnd: Bool) throws(DataError) -> Data? {
        var data = Data()
        while data.count < count {
            let piece: Data?
            do { piece = try python.output.fileHandleForReading.read(upToCount: count - data.count) } catch {
                throw DataError("\(file) cannot be read: \(error.localizedDescription)")
            }
            guard let piece, !piece.isEmpty else {
                try checkEnd()
                guard data.isEmpty, mayEnd else {
                    throw DataError("\(file): pyarrow ended in the middle of a piece; prepare the data again")
                }
                return nil
            }
            if data.isEmpty { data = piece } else { data.append(piece) }
        }
        return data
    }

    private func checkEnd() throws(DataError) {
        let end = python.end()
        guard end.status == 0 else { throw PythonTable.error(file, end) }
    }
}
