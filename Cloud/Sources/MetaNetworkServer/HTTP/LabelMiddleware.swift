import HTTPTypes
import Hummingbird
import MetaNetworkWire

/// Finds the newest label that client and service share.
struct LabelMiddleware: RouterMiddleware {
    typealias Context = ServerContext

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard let label = request.label(unsaid: .two) else {
            throw ProblemResponse(
                .notAcceptable,
                "unknown-label",
                "none of the labels '\(request.headers[.acceptedLabels]?.cut(toBytes: 40) ?? "")' is spoken here",
                field: WireLabel.header,
                fix: "send '\(WireLabel.header): \(WireLabel.all)' or one of them, or not that header"
            )
        }
        var context = context
        context.label = label
        return try await next(request, context)
    }
}

extension Request {
    /// The label to answer in; `nil` where the client names some and none is known.
    ///
    /// - Parameter unsaid: The one of a client that names none.
    func label(unsaid: WireLabel) -> WireLabel? {
        guard let header = headers[.acceptedLabels] else { return unsaid }
        return WireLabel(newestIn: header)
    }
}

extension HTTPField.Name {
    /// The labels that a client reads.
    static let acceptedLabels: Self = {
        guard let name = Self(WireLabel.header) else { preconditionFailure("'\(WireLabel.header)' is no header name") }
        return name
    }()
}
