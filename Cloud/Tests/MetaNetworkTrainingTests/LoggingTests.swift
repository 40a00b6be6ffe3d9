import Foundation
import MetaNetworkData
import Testing

@testable import MetaNetworkTraining

@Suite("Logging")
struct LoggingTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    private func eventFiles() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
    }

    @Test(
        "CRC-32C gives the known answers of RFC 3720",
        arguments: [
            (Data(), 0),
            (Data(count: 32), 0x8A91_36AA),
            (Data(repeating: 0xFF, count: 32), 0x62A8_AB43),
            (Data(0..<32), 0x46DD_794E),
            (Data("123456789".utf8), 0xE306_9283),
        ] as [(Data, UInt32)]
    )
    func checksums(data: Data, checksum: UInt32) {
        #expect(CRC32C.checksum(data) == checksum)
    }

    @Test("A masked checksum is the checksum turned right by 15 bits plus a constant")
    func maskedChecksum() {
        // 0xE3069283 turned right by 15 is 0x2507C60D.
        #expect(CRC32C.masked(Data("123456789".utf8)) == 0x2507_C60D &+ 0xA282_EAD8)
    }

    @Test("An event file is TFRecord frames with right checksums, the file version first")
    func framing() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        try EventFileWriter(directory: directory).write(scalars: [(tag: "loss", value: 0.5)], step: 300)
        let messages = try frames(Data(contentsOf: #require(eventFiles().first)))
        try #require(messages.count == 2)
        // Field 1 is the time, a key and 8 bytes.
        #expect(messages.allSatisfy { $0.first == 0x09 })
        #expect(messages[0].dropFirst(9) == Data([0x1A, 13] + Array("brain.Event:2".utf8)))
        let value: [UInt8] = [0x0A, 4] + Array("loss".utf8) + [0x15, 0, 0, 0, 0x3F]
        let summary = [0x0A, UInt8(value.count)] + value
        #expect(messages[1].dropFirst(9) == Data([0x10, 0xAC, 0x02, 0x2A, UInt8(summary.count)] + summary))
    }

    @Test("A negative step is written as a negative number")
    func negativeStep() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        try EventFileWriter(directory: directory).write(scalars: [], step: -1)
        let messages = try frames(Data(contentsOf: #require(eventFiles().first)))
        let step = [0x10] + [UInt8](repeating: 0xFF, count: 9) + [0x01]
        #expect(messages.last?.dropFirst(9) == Data(step + [0x2A, 0]))
    }

    @Test("Two event writers started in the same second have a file each")
    func separateFiles() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let writers = try (0..<3).map { _ in try EventFileWriter(directory: directory) }
        for (step, writer) in writers.enumerated() { try writer.write(scalars: [(tag: "loss", value: 1)], step: step) }
        let files = try eventFiles()
        #expect(files.count == 3)
        for file in files { #expect(try frames(Data(contentsOf: file)).count == 2) }
    }

    @Test("An event file in a place that cannot be a folder is refused with the path")
    func badDirectory() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        try Data().write(to: directory)
        let error = #expect(throws: FileError.self) { try EventFileWriter(directory: directory) }
        #expect(error?.path.hasPrefix(directory.path) == true)
        #expect(error?.action == "write")
    }

    @Test(
        "Events are read by the tensorboard package of Python",
        .enabled(if: PythonPackages.arePresent, "make setup-tests")
    )
    func tensorBoard() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let writer = try EventFileWriter(directory: directory)
        for step in 1...300 {
            try writer.write(
                scalars: [(tag: "training/loss", value: 1 / Float(step)), (tag: "validation/auc", value: 0.75)],
                step: step
            )
        }
        try writer.write(scalars: [(tag: "Ünï 本", value: -.greatestFiniteMagnitude)], step: 1 << 40)
        let output = try PythonPackages.run("check-tensorboard.py", directory.path)
        let read = try JSONDecoder().decode([String: [[Double]]].self, from: output)
        let losses: [[Double]] = (1...300).map { step in [Double(step), Double(1 / Float(step))] }
        let largest = Double(Float.greatestFiniteMagnitude)
        #expect(read.keys.sorted() == ["training/loss", "validation/auc", "Ünï 本"])
        #expect(read["training/loss"] == losses)
        #expect(read["validation/auc"] == losses.map { [$0[0], 0.75] })
        #expect(read["Ünï 本"] == [[1_099_511_627_776, -largest]])
    }

    private struct Entry: Codable, Equatable {
        let epoch: Int
        let loss: Double
        let note: String
    }

    @Test("JSON lines are appended, one object a line, by a log that is opened again too")
    func jsonLines() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let url = directory.appendingPathComponent("deep/er/log.jsonl")
        let entries = [
            Entry(epoch: 1, loss: 0.5, note: "a/b"), Entry(epoch: 2, loss: 0.25, note: "line\nend"),
            Entry(epoch: 3, loss: 0.125, note: "本"),
        ]
        let log = try JSONLinesLog(url: url)
        try log.append(entries[0])
        try log.append(entries[1])
        try JSONLinesLog(url: url).append(entries[2])
        let text = try String(contentsOf: url, encoding: .utf8)
        #expect(text.hasPrefix("{\"epoch\":1,\"loss\":0.5,\"note\":\"a/b\"}\n"))
        #expect(text.hasSuffix("}\n"))
        let lines = text.split(separator: "\n")
        #expect(try lines.map { try JSONDecoder().decode(Entry.self, from: Data($0.utf8)) } == entries)
    }

    @Test("An entry that JSON cannot hold is reported as such, not as a failed write, and leaves no trace")
    func unencodableEntry() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let url = directory.appendingPathComponent("log.jsonl")
        let log = try JSONLinesLog(url: url)
        #expect(throws: EncodingError.self) { try log.append(Entry(epoch: 1, loss: .nan, note: "")) }
        #expect(try Data(contentsOf: url).isEmpty)
    }

    @Test("A log whose path is a folder is refused with the path")
    func badLog() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let error = #expect(throws: FileError.self) { try JSONLinesLog(url: directory) }
        #expect(error?.path == directory.path)
        #expect(error?.action == "write")
    }

    /// The messages of a TFRecord file, whose checksums must be right.
    private func frames(_ file: Data) throws -> [Data] {
        func number(_ bytes: Data) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        var rest = file
        var messages: [Data] = []
        while !rest.isEmpty {
            try #require(rest.count >= 16)
            let length = rest.prefix(8)
            #expect(number(rest.dropFirst(8).prefix(4)) == UInt64(CRC32C.masked(length)))
            let count = Int(number(length))
            try #require(rest.count >= 16 + count)
            let message = Data(rest.dropFirst(12).prefix(count))
            #expect(number(rest.dropFirst(12 + count).prefix(4)) == UInt64(CRC32C.masked(message)))
            messages.append(message)
            rest = rest.dropFirst(16 + count)
        }
        return messages
    }
}
