import Foundation
import Hummingbird
import NIOCore

/// The dashboard, for the operators' listener.
struct DashboardController {
    let feed: DashboardFeed
    /// `nil` where models cannot be tried.
    let trial: (any DashboardTrial)?
    /// Most items of a history.
    let itemLimit: Int

    /// Items of a search.
    private static let found = 20

    func addRoutes(to router: Router<ServerContext>) {
        router.get("/") { _, _ in Self.file(feed.page.html, "text/html") }
        router.get("/dashboard/style.css") { _, _ in Self.file(DashboardStyle.css, "text/css") }
        router.get("/dashboard/live.js") { _, _ in Self.file(DashboardScripts.live, "text/javascript") }
        router.get("/dashboard/events") { _, _ in try updates() }
        guard let trial else { return }
        router.get("/try") { _, _ in Self.file(TrialPage().html, "text/html") }
        router.get("/dashboard/try.js") { _, _ in Self.file(DashboardScripts.trial, "text/javascript") }
        router.get("/dashboard/items") { request, _ in
            struct Items: Encodable { let items: [TrialItem] }
            let text = request.uri.queryParameters.get("query") ?? ""
            return try Self.json(Items(items: try await trial.items(matching: text, limit: Self.found)))
        }
        router.post("/dashboard/try") { request, _ in try await rank(request, trial) }
    }

    private func rank(_ request: Request, _ trial: any DashboardTrial) async throws -> Response {
        struct History: Decodable { let items: [String] }
        let body = try await request.bytes(upTo: 1 << 20)
        guard let history = try? JSONDecoder().decode(History.self, from: Data(body)),
            (1...itemLimit).contains(history.items.count)
        else {
            throw ProblemResponse(
                .badRequest,
                "bad-request",
                "the body is no history",
                field: "items",
                fix: "send {\"items\":[…]} with 1 to \(itemLimit) raw ids"
            )
        }
        do {
            return try Self.json(try await trial.rank(history: history.items))
        } catch let error as TrialError {
            throw ProblemResponse(
                .unprocessableContent,
                "unusable-history",
                error.description,
                field: "items",
                fix: "choose other items"
            )
        }
    }

    /// The page's live part by server-sent events, until the page or the service goes.
    private func updates() throws -> Response {
        guard let updates = feed.updates() else {
            throw ProblemResponse(
                .serviceUnavailable,
                "too-many-dashboards",
                "too many dashboards are open",
                fix: "close one",
                retryAfter: 10
            )
        }
        let events = updates.map { live in
            let lines = live.split(separator: "\n").map { "data: \($0)\n" }.joined()
            return ByteBuffer(string: lines + "\n")
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: .init(asyncSequence: events)
        )
    }

    private static func file(_ text: String, _ type: String) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "\(type); charset=utf-8", .cacheControl: "no-cache",
                .contentSecurityPolicy: "default-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
                .xContentTypeOptions: "nosniff",
            ],
            body: .init(byteBuffer: ByteBuffer(string: text))
        )
    }

    private static func json(_ value: some Encodable) throws -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: try JSONEncoder().encode(value)))
        )
    }
}
