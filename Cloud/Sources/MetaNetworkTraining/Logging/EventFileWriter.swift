import Foundation
import MetaNetworkData
import Synchronization

/// Writes scalars as TensorBoard reads them: TFRecord frames around `Event` messages in protocol buffers.
///
/// Two messages with five fields are all that scalars need, so they are encoded here:
/// `Event {1: wall_time double, 2: step int64, 3: file_version string, 5: Summary}` and
/// `Summary {1: Value {1: tag string, 2: simple_value float}}`.
public struct EventFileWriter {
    /// Writers that this process has started; two in the same second must not share a file.
    private static let count = Atomic<Int>(0)

    private let handle: FileHandle
    private let path: String

    /// Starts an event file in a directory, which is made if it is not there.
    ///
    /// - Throws: ``FileError`` where it cannot be written.
    public init(directory: URL) throws {
        let process = ProcessInfo.processInfo
        let second = Int(Date().timeIntervalSince1970)
        let number = Self.count.wrappingAdd(1, ordering: .relaxed).oldValue
        // TensorBoard knows event files by `tfevents` in the name.
        let name = "events.out.tfevents.\(second).\(process.hostName).\(process.processIdentifier).\(number)"
        let url = directory.appendingPathComponent(name)
        path = url.path
        handle = try FileHandle.appending(to: url)
        var event = ProtobufWriter()
        event.append(1, Date().timeIntervalSince1970)
        event.append(3, "brain.Event:2")
        try write(event.data)
    }

    /// Appends the scalars of one step.
    ///
    /// - Throws: ``FileError`` where they cannot be written.
    public func write(scalars: [(tag: String, value: Float)], step: Int) throws {
        var event = ProtobufWriter()
        event.append(1, Date().timeIntervalSince1970)
        event.append(2, step)
        event.append(5) { summary in
            for scalar in scalars {
                summary.append(1) { value in
                    value.append(1, scalar.tag)
                    value.append(2, scalar.value)
                }
            }
        }
        try write(event.data)
    }

    /// A frame: length, its checksum, the message, its checksum; numbers are little-endian.
    private func write(_ message: Data) throws {
        let length = withUnsafeBytes(of: UInt64(message.count).littleEndian) { Data($0) }
        var frame = length
        withUnsafeBytes(of: CRC32C.masked(length).littleEndian) { frame += $0 }
        frame += message
        withUnsafeBytes(of: CRC32C.masked(message).littleEndian) { frame += $0 }
        do {
            try handle.write(contentsOf: frame)
        } catch {
            throw FileError(path: path, action: "write", underlying: error)
        }
    }
}
