import Foundation
import MetaNetwork
import MetaNetworkClient
import MetaNetworkData
import MetaNetworkWire

/// What a service says of the model that it serves; so that a simulation ranks the same lists as `evaluate`.
public struct PublishedModel: Sendable {
    /// The manifest of the current version.
    public let manifest: BundleManifest
    /// Raw ids of the items in order of their indices; empty where it ranks none.
    public let itemNames: [String]

    /// - Parameters:
    ///   - server: The service.
    ///   - name: The model; `nil` for the only one.
    ///   - appKey: For a token; `nil` where none is needed.
    ///   - transport: The network.
    public init(_ server: URL, name: String?, appKey: String?, _ transport: any Transport) async throws {
        let token: String?
        if let appKey {
            let body = try JSONEncoder().encode(DeviceTokenRequest(device: "simulation-\(UUID().uuidString.prefix(8))"))
            let answer = try await Self.ask(server, "v1/tokens", transport, bearer: appKey, body: body)
            token = try JSONDecoder().decode(DeviceToken.self, from: answer).token
        } else {
            token = nil
        }
        struct List: Decodable { let models: [String] }
        let list = try JSONDecoder().decode(
            List.self,
            from: try await Self.ask(server, "v1/models", transport, bearer: token)
        )
        guard let model = name ?? list.models.first, list.models.contains(model), name != nil || list.models.count == 1
        else {
            let known = list.models.joined(separator: ", ")
            throw ExperimentError("the service has these models: \(known); name one with --model")
        }
        let answer = try await Self.ask(server, "v1/models/\(model)", transport, bearer: token)
        do {
            manifest = try JSONDecoder().decode(BundleManifest.self, from: answer)
        } catch let error as BundleManifestError {
            throw ExperimentError("the manifest that the service sends cannot be used: \(error)")
        }
        let path = "v1/models/\(model)/versions/\(manifest.version)/vocabulary"
        let vocabulary = try await Self.ask(server, path, transport, bearer: token)
        do {
            itemNames = try VocabularyFile.names(in: [UInt8](vocabulary), count: manifest.items)
        } catch {
            throw ExperimentError("the vocabulary that the service sends cannot be used: \(error)")
        }
    }

    private static func ask(
        _ server: URL,
        _ path: String,
        _ transport: any Transport,
        bearer: String?,
        body: Data? = nil
    ) async throws -> Data {
        var request = TransportRequest(
            method: body == nil ? "GET" : "POST",
            url: server.appendingPathComponent(path),
            limit: 64 << 20,
            timeout: 60
        )
        request.body = body
        if let bearer { request.headers["Authorization"] = "Bearer \(bearer)" }
        let response: TransportResponse
        do {
            response = try await transport.send(request)
        } catch {
            throw ExperimentError(
                "\(server.absoluteString) does not answer: \(error); start it with metanetwork serve"
            )
        }
        guard response.status == 200 else {
            let problem = try? JSONDecoder().decode(Problem.self, from: response.body)
            let fix =
                response.status == 401 ? "set METANETWORK_APP_KEY to one of the service's app keys" : problem?.fix
            let detail = problem?.detail ?? "no problem document"
            let message = "\(request.url.absoluteString) answered \(response.status): \(detail)"
            guard let fix else { throw ExperimentError(message) }
            throw ExperimentError("\(message); \(fix)")
        }
        return response.body
    }
}
