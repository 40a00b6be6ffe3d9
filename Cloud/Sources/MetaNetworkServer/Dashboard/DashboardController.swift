import Foundation
import Hummingbird
import NIOCore

/// The dashboard, for the operators' listener.
struct DashboardController {
    let feed: DashboardFeed
    /// `nil` where models cannot be tried.
    let trial: (any DashboardTrial)?
    /// The models that are served: the first of them can be tried.
    let models: ServedModels
    /// Maximum number of items in a history.
    let itemLimit: Int

    /// Maximum number of items that a search finds.
    private static let found = 20

    func addRoutes(to router: Router<ServerContext>) {
        router.get("/") { _, _ in Self.file(feed.page.html, "text/html") }
        router.get("/dashboard/style.css") { _, _ in Self.file(DashboardStyle.css, "text/css") }
        router.get("/dashboard/live.js") { _, _ in Self.file(Self.liveScript, "text/javascript") }
        router.get("/dashboard/events") { _, _ in try updates() }
        guard let trial else { return }
        router.get("/try") { _, _ in Self.file(TrialPage().html, "text/html") }
        router.get("/dashboard/try.js") { _, _ in Self.file(Self.trialScript, "text/javascript") }
        router.get("/dashboard/items") { request, _ in
            struct Items: Encodable { let items: [TrialItem] }
            // Without a query, as with an empty one, items to begin with are wanted.
            let text = request.uri.queryParameters.get("query") ?? ""
            return try Self.json(Items(items: try await trial.items(matching: text, limit: Self.found, in: version())))
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
            return try Self.json(try await trial.rank(history: history.items, in: version()))
        } catch let error as TrialError {
            throw ProblemResponse(
                .unprocessableContent,
                "unusable-history",
                error.description.cut(toBytes: 500),
                field: "items",
                fix: "choose other items"
            )
        }
    }

    /// The version that can be tried.
    private func version() throws -> BundleID {
        guard let version = models.all.min(by: { $0.key < $1.key })?.value.main else {
            throw ProblemResponse(
                .serviceUnavailable,
                "not-ready",
                "no version is served yet",
                fix: "publish one, or see on the dashboard why none can be loaded",
                retryAfter: 1
            )
        }
        return version.id
    }

    /// The page's live part as server-sent events, until the page is closed or the service stops.
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

    /// Keeps the page current, and shows the values under the pointer.
    private static let liveScript = EmbeddedTexts.live_js

    /// Puts a history together, has it ranked, and shows both rankings.
    private static let trialScript = EmbeddedTexts.try_js

    private static func file(_ text: String, _ type: String) -> Response {
        .text(
            text,
            type,
            headers: [
                .cacheControl: "no-cache",
                .contentSecurityPolicy: "default-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
            ]
        )
    }

    private static func json(_ value: some Encodable) throws -> Response {
        try .json(value, headers: [.cacheControl: "no-store"])
    }
}
