import Hummingbird
import MetaNetwork

/// What publishers have said of a model: for devices and for whoever compares what different ones are told.
struct LogController {
    let models: ServedModels

    func addRoutes(to group: RouterGroup<ServerContext>) {
        group.get("models/:model/log") { _, context in
            let log = try models.requestedModel(context).statements.log
            return Response.bytes(try log.data, "application/jsonl", headers: [.cacheControl: "private, no-cache"])
        }
    }
}
