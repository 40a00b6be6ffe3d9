import Hummingbird
import NIOCore

/// `GET /openapi.json`.
struct DescriptionController {
    /// The OpenAPI 3.1 document of the devices' listener.
    static var document: [UInt8] { PackageResources.openapi_json }

    func addRoutes(to router: Router<ServerContext>) {
        let document = ByteBuffer(bytes: Self.document)
        router.get("/openapi.json") { _, _ in
            Response(status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: document))
        }
    }
}
