import Hummingbird

/// `GET /openapi.json`.
struct DescriptionController {
    /// The OpenAPI 3.1 document of the devices' listener.
    static let document = [UInt8](EmbeddedTexts.openapi_json.utf8)

    func addRoutes(to router: Router<ServerContext>) {
        router.get("/openapi.json") { _, _ in Response.bytes(Self.document, "application/json") }
    }
}
