#if compiler(>=6.3)
import Foundation
import Logging
import MetaNetworkWire
import Synchronization
import Testing

@testable import MetaNetworkServer

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

@Suite("A killed server")
struct KilledServerTests {
    private static let appKey = "0123456789abcdef"
    /// Events that are acknowledged before the kill.
    private static let enough = 4000
    private let fixture = ServerFixture()

    @Test("has every event that it acknowledged under load")
    func events() async throws {
        let folder = try fixture.makeFolder()
        let file = folder.appendingPathComponent("events.sqlite")
        let found = try await killed(folder, file.path, "") { try SQLiteEventStore(reading: file) }
        // The next server goes on with the file.
        #expect(try SQLiteEventStore(file).count() == found)
    }

    @Test(
        "has in S3 every event that it acknowledged under load",
        .enabled(if: SeaweedServer.isInstalled, "make setup-tests")
    )
    func objects() async throws {
        let server = try await SeaweedServer()
        do {
            let address = "s3://models/killed"
            let environment = server.environment()
            _ = try await killed(fixture.makeFolder(), address, server.url) {
                try EventAddress(address).read(environment: environment)
            }
        } catch {
            try await server.remove()
            throw error
        }
        try await server.remove()
    }

    /// Kills a server under load, and looks whether its events have all that was acknowledged.
    ///
    /// - Parameters:
    ///   - folder: Where its files are.
    ///   - address: Where its events are.
    ///   - url: The server of S3, where they are there.
    ///   - read: Opens the events.
    /// - Returns: How many there are.
    private func killed(
        _ folder: URL,
        _ address: String,
        _ url: String,
        _ read: () throws -> any EventSource
    ) async throws -> Int {
        try await fixture.folderStore.publish(fixture.bundle("v1"))
        async let load = Self.loadAndKill(folder)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = folder.path as String, address = address as String, url = url as String] in
            try await Self.serve(URL(fileURLWithPath: path), address, url)
        }
        let acknowledged = try await load
        #expect(acknowledged.count >= Self.enough)
        var found: [String: Int] = [:]
        try read().forEachEvent(of: "movies") { found[$0.item, default: 0] += 1 }
        #expect(acknowledged.filter { found[$0] == nil }.isEmpty)
        #expect(found.values.allSatisfy { $0 == 1 })
        return found.count
    }

    /// The child: a whole server, which says where it is and who.
    private static func serve(_ folder: URL, _ address: String, _ url: String) async throws {
        // Where the parent dies first, nobody else ends it.
        DispatchQueue.global().asyncAfter(deadline: .now() + 60) { exit(1) }
        var configuration = ServerConfiguration()
        configuration.address.port = 0
        configuration.adminAddress = nil
        configuration.authentication = .tokens(appKeys: [appKey], secret: [UInt8](repeating: 1, count: 32))
        configuration.limits.deviceRate = (perSecond: 1e6, burst: 1e6)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let service = try await MetaNetworkService(
            configuration,
            bundles: FolderBundleStore(folder.appendingPathComponent("registry")),
            events: EventAddress(address).open(environment: SeaweedServer.environment(of: url)),
            logger: logger
        ) { try ServerFixture.load($0) }
        try await service.run { port in
            let line = "\(ProcessInfo.processInfo.processIdentifier) \(port)"
            try? Data(line.utf8).write(to: folder.appendingPathComponent("running"), options: .atomic)
        }
    }

    /// Sends events from many devices at once, and kills the server in the middle.
    ///
    /// - Returns: The items of the events that were acknowledged.
    private static func loadAndKill(_ folder: URL) async throws -> Set<String> {
        let (process, port) = try await address(folder)
        let acknowledged = Acknowledged()
        await withTaskGroup(of: Void.self) { group in
            for device in 0..<8 {
                group.addTask {
                    guard let sender = try? await Sender(port: port, device: "device-\(device)") else { return }
                    var message = 0
                    while let items = try? await sender.send(message) {
                        // At once: an acknowledgement that runs ahead of its commit is caught in between.
                        if acknowledged.add(items) >= enough { kill(process, SIGKILL) }
                        message += 1
                    }
                }
            }
        }
        kill(process, SIGKILL)
        return acknowledged.items
    }

    /// What the server said that it has.
    private final class Acknowledged: Sendable {
        private let known = Mutex<Set<String>>([])
        var items: Set<String> { known.withLock { $0 } }

        /// Takes items and says how many there are now.
        func add(_ items: [String]) -> Int {
            known.withLock { known in
                known.formUnion(items)
                return known.count
            }
        }
    }

    private static func address(_ folder: URL) async throws -> (process: Int32, port: Int) {
        let file = folder.appendingPathComponent("running")
        for _ in 0..<1500 {
            if let data = FileManager.default.contents(atPath: file.path) {
                let words = String(decoding: data, as: UTF8.self).split(separator: " ")
                return (try #require(Int32(words[0])), try #require(Int(words[1])))
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw CancellationError()
    }

    /// A device that shares its samples.
    private struct Sender {
        let port: Int
        let device: String
        let token: String

        init(port: Int, device: String) async throws {
            self.port = port
            self.device = device
            let body = try JSONEncoder().encode(DeviceTokenRequest(device: device))
            let answer = try await Self.post(port, "/v1/tokens", body, KilledServerTests.appKey)
            token = try JSONDecoder().decode(DeviceToken.self, from: answer).token
        }

        /// Sends a message of 200 events, so that a commit takes its time; their items, once it was acknowledged.
        func send(_ message: Int) async throws -> [String] {
            let events = (0..<200).map {
                SampleEvents.Event(id: "event-\(message)-\($0)", item: "\(device)/\(message)/\($0)", time: message)
            }
            let body = try JSONEncoder().encode(SampleEvents(events: events))
            let answer = try await Self.post(port, "/v1/models/movies/events", body, token)
            let receipt = try JSONDecoder().decode(SampleEventsReceipt.self, from: answer)
            return receipt.stored == events.count ? events.map(\.item) : []
        }

        private static func post(_ port: Int, _ path: String, _ body: Data, _ token: String) async throws -> Data {
            let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
            var request = URLRequest(url: url, timeoutInterval: 5)
            request.httpMethod = "POST"
            request.httpBody = body
            request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            return try await URLSession.shared.data(for: request).0
        }
    }
}
#else
import Testing

@Suite("A killed server")
struct KilledServerTests {
    /// An exit test captures values from Swift 6.3 on.
    @Test("has every event that it acknowledged under load", .disabled("use a Swift 6.3 toolchain or newer"))
    func events() {}
}
#endif
