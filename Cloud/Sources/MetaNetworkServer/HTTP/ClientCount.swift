import HTTPTypes
import Hummingbird
import MetaNetworkWire
import Metrics
import Synchronization

/// Counts requests by what clients say that they are; see ``ClientRelease``. Whatever they say, none is refused for it.
struct ClientCount: RouterMiddleware {
    typealias Context = ServerContext

    private let counters = Counters()

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let header = request.headers[.clientRelease]
        counters.counter(NamedClient(header)).increment()
        if let device = NamedCapability(header) { counters.counter(device).increment() }
        return try await next(request, context)
    }

    /// Counters by client, so that a request does not look metrics up by text.
    private final class Counters: Sendable {
        private let clients = Mutex<[NamedClient: Counter]>([:])
        private let devices = Mutex<[NamedCapability: Counter]>([:])

        func counter(_ client: NamedClient) -> Counter {
            clients.withLock { known in
                if let counter = known[client] { return counter }
                let counter = Counter(.clients, [("library", client.library), ("release", client.release)])
                known[client] = counter
                return counter
            }
        }

        func counter(_ device: NamedCapability) -> Counter {
            devices.withLock { known in
                if let counter = known[device] { return counter }
                let counter = Counter(.clientDevices, [("memory", device.memory), ("formats", device.formats)])
                known[device] = counter
                return counter
            }
        }
    }
}

/// What a client says that it is, in few words whatever it says: anybody can say anything, and each word would be a series for ever.
struct NamedClient: Hashable {
    /// One of the project's libraries, `other` or `unsaid`.
    let library: String
    /// Major and minor version, as `0.2`, of releases of this service's major version that are not newer than it; else `older` or
    /// `newer`; the same as ``library`` where that is none of the project's.
    let release: String

    private static let libraries: Set = ["java", "javascript", "python", "swift"]

    /// - Parameter header: The value of ``ClientRelease/header``; `nil` where there was none, as by release 0.1.
    init(_ header: String?) {
        guard let header else {
            (library, release) = ("unsaid", "unsaid")
            return
        }
        let parts = header.prefix { $0 != ";" }.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, Self.libraries.contains(parts[0]), let word = Self.word(parts[1]) else {
            (library, release) = ("other", "other")
            return
        }
        (library, release) = (parts[0], word)
    }

    /// The word for a release; `nil` where it is no version.
    private static func word(_ release: String) -> String? {
        guard let said = version(release), let own = version(ClientRelease.version) else { return nil }
        if said > own { return "newer" }
        return said.major == own.major ? "\(said.major).\(said.minor)" : "older"
    }

    /// Major and minor version; `nil` of what does not begin with two numbers of few digits and a full stop behind each.
    private static func version(_ text: String) -> (major: Int, minor: Int)? {
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count > 2, let major = number(numbers[0]), let minor = number(numbers[1]) else { return nil }
        return (major, minor)
    }

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.count <= 4, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else {
            return nil
        }
        return Int(text)
    }
}

extension HTTPField.Name {
    /// What the client says that it is.
    static let clientRelease: Self = {
        guard let name = Self(ClientRelease.header) else {
            preconditionFailure("'\(ClientRelease.header)' is no header name")
        }
        return name
    }()
}
