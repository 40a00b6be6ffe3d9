import Hummingbird

/// `GET /openapi.json`.
struct DescriptionController {
    /// The OpenAPI 3.1 document of the devices' listener.
    static var document: [UInt8] { PackageResources.openapi_json }

    func addRoutes(to router: Router<ServerContext>) {
        router.get("/openapi.json") { _, _ in Response.bytes(Self.document, "application/json") }
    }
}
