import HTTPTypes
import Hummingbird
import MetaNetwork

/// What publishers have said of a model: for devices and for whoever compares what different ones are told.
struct LogController {
    let models: ServedModels

    func addRoutes(to group: RouterGroup<ServerContext>) {
        group.get("models/:model/log") { request, context in
            let log = try models.requestedModel(context).statements.log
            let headers: HTTPFields = [.eTag: log.tag, .cacheControl: "private, no-cache"]
            if EntityTags.match(request.headers[.ifNoneMatch], log.tag) {
                return Response(status: .notModified, headers: headers)
            }
            return Response.bytes(log.bytes, "application/jsonl", headers: headers)
        }
    }
}
