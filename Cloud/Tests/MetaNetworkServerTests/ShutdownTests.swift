#if compiler(>=6.3)
import Foundation
import Logging
import Testing

@testable import MetaNetworkServer

@Suite("A server that is told to end")
struct ShutdownTests {
    private let fixture = ServerFixture()

    @Test("ends in time though a client never reads its answer, and another never ends its question")
    func stubbornClients() async throws {
        let folder = try fixture.makeFolder()
        try await fixture.folderStore.publish(fixture.bundle("v1", device: Data(repeating: 48, count: 32 << 20)))
        async let time = Self.holdAndEnd(folder)
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            try await Self.serve(URL(fileURLWithPath: path))
        }
        let taken = try await time
        #expect(taken < .seconds(20), "the limit is one second, those of silent clients are minutes")
    }

    /// The child: a whole server, which says where it is and who.
    private static func serve(_ folder: URL) async throws {
        // Where the parent dies first, nobody else ends it.
        DispatchQueue.global().asyncAfter(deadline: .now() + 60) { exit(1) }
        var configuration = ServerConfiguration()
        configuration.address.port = 0
        configuration.adminAddress = nil
        configuration.drainDelay = .zero
        configuration.shutdownLimit = .seconds(1)
        configuration.limits.idleTimeout = .seconds(600)
        configuration.limits.requestTimeout = .seconds(600)
        configuration.limits.answerTimeout = .seconds(600)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let service = try await MetaNetworkService(
            configuration,
            bundles: FolderBundleStore(folder.appendingPathComponent("registry")),
            logger: logger
        ) { try ServerFixture.load($0) }
        try await service.run { port in
            let line = "\(ProcessInfo.processInfo.processIdentifier) \(port)"
            try? Data(line.utf8).write(to: folder.appendingPathComponent("running"), options: .atomic)
        }
    }

    /// Connects stubborn clients, tells the server to end, and returns how long that took.
    private static func holdAndEnd(_ folder: URL) async throws -> Duration {
        let file = folder.appendingPathComponent("running")
        try await eventually(within: .seconds(60)) { FileManager.default.fileExists(atPath: file.path) }
        let numbers = try String(contentsOf: file, encoding: .utf8).split(separator: " ").compactMap { Int($0) }
        let (process, port) = (try #require(numbers.first), try #require(numbers.last))
        let reader = try await RawConnection(port: port, reads: false)
        try await reader.send("GET /v1/models/movies/versions/v1/device HTTP/1.1\r\nHost: x\r\n\r\n")
        let writer = try await RawConnection(port: port)
        try await writer.send("POST /v1/models/movies/parameters HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        try await Task.sleep(for: .milliseconds(300))
        let start = ContinuousClock.now
        kill(pid_t(process), SIGTERM)
        try await eventually { kill(pid_t(process), 0) != 0 || writer.isClosed }
        await reader.close()
        return ContinuousClock.now - start
    }
}
#endif
