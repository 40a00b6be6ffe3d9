import Foundation
import MetaNetwork
import MetaNetworkDevice
import Testing

/// Programs of other languages with the library as it is built for them.
@Suite("The library for C")
struct DeviceCProcessTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("device-c-\(UUID().uuidString)")
    private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    /// Where this package's products are.
    private static let products = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        .deletingLastPathComponent()
    private static let library = products.appendingPathComponent("libMetaNetworkDeviceC.so")
    private static let isBuilt = FileManager.default.fileExists(atPath: library.path)

    private static func found(_ program: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    private func run(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(arguments[0]): \(text)")
    }

    /// Writes what the programs read.
    private func write(_ model: ModelOfTests, _ histories: [[Int32]]) throws -> [String] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let numbers = histories.flatMap { [Int32($0.count)] + $0 }
        let files: [(String, Data)] = [
            ("architecture.json", try JSONEncoder().encode(model.architecture)), ("weights", Data(try model.file)),
            ("personal", Data(try model.personalFile)), ("histories", numbers.withUnsafeBytes { Data($0) }),
        ]
        let paths = try files.map { name, data in
            let url = folder.appendingPathComponent(name)
            try data.write(to: url)
            return url.path
        }
        return [paths[0], "\(model.items)"] + paths.dropFirst()
    }

    private func expected(_ model: ModelOfTests, _ histories: [[Int32]]) throws -> [Float] {
        var all: [Float] = []
        for isPersonal in [false, true] {
            var device = try model.device(isPersonal: isPersonal)
            for history in histories {
                var scores: [Float] = []
                device.score(history: history.map { Int($0) }, candidates: Array(1...model.items), into: &scores)
                all += scores
            }
        }
        return all
    }

    @Test(
        "ranks 100 histories for a program in C, and for Python through ctypes, bit for bit as Swift does",
        .enabled(if: isBuilt, "swift build --product MetaNetworkDeviceC, on Linux"),
        .enabled(if: found("cc") && found("python3"), "make packages")
    )
    func programs() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let model = try ModelOfTests(.paperSASRec(width: 8, window: 10, heads: 2), items: 60)
        let histories = histories(100, items: 60)
        let arguments = try write(model, histories)
        let program = folder.appendingPathComponent("rank").path
        let header = Self.sources.appendingPathComponent("../../Sources/CMetaNetworkDevice/include").standardized.path
        try run([
            "cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", header,
            Self.sources.appendingPathComponent("rank.c").path, Self.library.path, "-Wl,-rpath,\(Self.products.path)",
            "-o",
            program,
        ])
        let script = Self.sources.appendingPathComponent("rank.py").path
        let expected = try expected(model, histories)
        for command in [[program], ["python3", "-B", script, Self.library.path]] {
            let scores = folder.appendingPathComponent("scores-\(command.count)")
            try run(command + arguments + [scores.path])
            let found = try Data(contentsOf: scores).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            #expect(found == expected, "\(command[0])")
        }
    }
}
