import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import MetaNetworkWire
import NIOCore
import Testing

@testable import MetaNetworkServer

/// A request to a released service and its answer: the parts of it that are compared.
struct GoldenExchange: Decodable {
    struct Response: Decodable {
        let status: Int
        let headers: [String: String]
        let text: String?
        let file: String?
    }
    struct Request: Decodable {
        let method: String
        let path: String
        let headers: [String: String]
        let text: String?
        let file: String?
    }
    let key: String
    let request: Request
    let response: Response
    private let folder: String

    static let golden = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../Tests/Golden").standardized

    private enum CodingKeys: String, CodingKey { case key, request, response }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        key = try members.decode(String.self, forKey: .key)
        request = try members.decode(Request.self, forKey: .request)
        response = try members.decode(Response.self, forKey: .response)
        folder = try #require(decoder.userInfo[Self.folderKey] as? String)
    }

    private static let folderKey: CodingUserInfoKey = {
        guard let key = CodingUserInfoKey(rawValue: "folder") else { preconditionFailure("'folder' is no key") }
        return key
    }()

    /// Reads one by its name, without `.json`.
    ///
    /// - Parameter folder: Of the label, below Tests/Golden.
    init(_ name: String, in folder: String = "wire") throws {
        let decoder = JSONDecoder()
        decoder.userInfo[Self.folderKey] = folder
        self = try decoder.decode(
            Self.self,
            from: Data(contentsOf: Self.golden.appendingPathComponent("\(folder)/\(name).json"))
        )
    }

    /// Names of the exchanges of a label, in order.
    static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: golden.appendingPathComponent(folder).path).sorted()
            .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
    }

    /// The answer's.
    var body: [UInt8] { get throws { try bytes(response.text, response.file) } }

    var requestBody: [UInt8] { get throws { try bytes(request.text, request.file) } }

    private func bytes(_ text: String?, _ file: String?) throws -> [UInt8] {
        if let text { return Array(text.utf8) }
        let wire = Self.golden.appendingPathComponent(folder)
        return try file.map { try [UInt8](Data(contentsOf: wire.appendingPathComponent($0))) } ?? []
    }
}

extension ServerFixture {
    /// Copies what was recorded to where a test may write.
    func copyGolden(_ name: String) throws -> URL {
        let target = try makeFolder().appendingPathComponent(URL(fileURLWithPath: name).lastPathComponent)
        try FileManager.default.copyItem(at: GoldenExchange.golden.appendingPathComponent(name), to: target)
        return target
    }

    /// A service of a recorded registry with the recorded key.
    ///
    /// - Parameters:
    ///   - registry: Where it is below Tests/Golden.
    ///   - events: What keeps events.
    ///   - federation: What devices learn together.
    ///   - load: Makes what generates; twins unless told otherwise.
    func goldenService(
        registry: String = "registry",
        events: any EventStore = MemoryEventStore(),
        federation: Federation? = nil,
        _ load: @escaping ProviderLoader = { try ServerFixture.load($0) }
    ) async throws -> MetaNetworkService {
        let file = try makeFolder().appendingPathComponent("signing")
        let secret = Data(SHA256.hash(data: Data("metanetwork golden fixtures".utf8)))
        try SecretFile(file).create([UInt8](secret.base64EncodedString().utf8))
        var configuration = ServerConfiguration()
        configuration.signingKeyFile = file
        configuration.authentication = .tokens(
            appKeys: ["golden-app-key-0123456789"],
            secret: [UInt8](repeating: 1, count: 32)
        )
        configuration.limits.deviceRate = (perSecond: 1e6, burst: 1e6)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let service = try await MetaNetworkService(
            configuration,
            bundles: FolderBundleStore(try copyGolden(registry)),
            events: events,
            federation: federation,
            logger: logger,
            metrics: Self.metrics,
            trial: nil,
            check: nil,
            load: load
        )
        await service.models.refresh()
        return service
    }
}

extension GoldenExchange {
    /// Asks as recorded, with a token of today.
    func ask(_ client: any TestClientProtocol, _ token: String) async throws -> TestResponse {
        var headers: HTTPFields = [.authorization: "Bearer \(token)"]
        headers[.acceptedLabels] = request.headers["metanetwork-accept"]
        headers[.contentType] = request.headers["content-type"]
        return try await client.execute(
            uri: request.path,
            method: try #require(HTTPRequest.Method(request.method)),
            headers: headers,
            body: ByteBuffer(bytes: try requestBody)
        )
    }
}

extension TestClientProtocol {
    /// A token of the device that was recorded.
    func goldenToken(_ exchange: @autoclosure () throws -> GoldenExchange = try GoldenExchange("token")) async throws
        -> String
    {
        let asked = try exchange().request.text
        let given = try await post("/v1/tokens", try #require(asked), token: "golden-app-key-0123456789")
        return try JSONDecoder().decode(DeviceToken.self, from: Data(given.bytes)).token
    }
}
