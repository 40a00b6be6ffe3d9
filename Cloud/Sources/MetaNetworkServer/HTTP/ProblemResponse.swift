import Foundation
import HTTPTypes
import Hummingbird
import Logging
import MetaNetworkWire
import Metrics
import NIOCore
import NIOHTTP1

/// A problem document as an error: thrown by controllers, answered as it is.
struct ProblemResponse: Error {
    var problem: Problem
    var headers: HTTPFields = [:]

    var status: HTTPResponse.Status { HTTPResponse.Status(code: problem.status) }

    init(
        _ status: HTTPResponse.Status,
        _ type: String,
        _ detail: String,
        field: String? = nil,
        fix: String,
        currentVersion: String? = nil,
        retryAfter seconds: Double? = nil
    ) {
        problem = Problem(
            type: Self.prefix + type,
            title: type.split(separator: "-").joined(separator: " "),
            status: status.code,
            detail: detail,
            field: field,
            fix: fix,
            currentVersion: currentVersion
        )
        if let seconds { headers[.retryAfter] = Self.wait(seconds) }
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
    }

    /// Counts a request that is refused for who asks, or how often.
    func count() {
        guard [401, 403, 429].contains(problem.status) || problem.type == Self.prefix + "device-proof" else { return }
        Counter(.refusals, [("reason", String(problem.type.dropFirst(Self.prefix.count)))]).increment()
    }

    private static let prefix = "urn:metanetwork:problem:"

    /// Whole seconds from 1 to a day, whatever a rate makes of them.
    private static func wait(_ seconds: Double) -> String {
        String(Int(exactly: min(max(1, seconds.rounded(.up)), 86_400)) ?? 86_400)
    }

    init(_ error: MessageError) {
        self.init(
            .badRequest,
            "bad-request",
            error.description,
            field: error.field.isEmpty ? nil : error.field,
            fix: error.fix
        )
    }

    /// The answer in a label.
    func response(from request: Request, _ label: WireLabel, _ context: ServerContext) throws -> Response {
        var problem = problem
        problem.instance = "urn:metanetwork:request:\(context.requestID)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.vary] = WireLabel.header
        // Clients of the Open Inference Protocol look for what is wrong in a member of that name.
        let isInference = request.uri.path.hasPrefix("/v2/")
        let document = InferenceProblem(document: problem.document(label), error: isInference ? problem.detail : nil)
        var response = try Response.json(document, status: status, headers: headers, encoder: encoder)
        if request.method == .head { response.body = ResponseBody() }
        return response
    }
}

/// Answers every error with a problem document.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = ServerContext

    let allowed: AllowedMethods
    /// How to answer a client that names no label.
    let unsaid: WireLabel

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let label = request.label(unsaid: unsaid) ?? .newest
        do {
            return try await next(request, context)
        } catch let problem as ProblemResponse {
            problem.count()
            return try problem.response(from: request, label, context)
        } catch let error as any HTTPResponseError where error.status == .notFound {
            return try noRoute(request).response(from: request, label, context)
        } catch let error as any HTTPResponseError {
            let problem = ProblemResponse(
                error.status,
                error.status == .contentTooLarge ? "body-too-large" : "bad-request",
                "\(request.method.rawValue.cut(toBytes: 20)) \(request.uri.path.cut(toBytes: 200)) cannot be answered: \(error.status)",
                fix: "see /openapi.json for what there is"
            )
            return try problem.response(from: request, label, context)
        } catch let error where Self.isClientGone(error) {
            return Response(status: .clientClosedRequest)
        } catch let error as HTTPParserError {
            // Hummingbird answers it and closes the connection, whose next bytes nobody could tell apart.
            throw error
        } catch {
            context.logger.error("request failed", metadata: ["error": "\(error)"])
            let problem = ProblemResponse(
                .internalServerError,
                "internal",
                "internal server error",
                fix: "try again; the service's log says more",
                retryAfter: 1
            )
            return try problem.response(from: request, label, context)
        }
    }

    /// Whether the connection ended in the middle of a request or of its turn in a batch: nobody's mistake, and nobody reads an answer.
    private static func isClientGone(_ error: any Error) -> Bool {
        if case HTTPParserError.invalidEOFState = error { return true }
        return error is IOError || error is ChannelError || error is CancellationError
    }

    private func noRoute(_ request: Request) -> ProblemResponse {
        guard let methods = allowed.names(of: request.uri.path) else {
            return ProblemResponse(
                .notFound,
                "not-found",
                "there is no \(request.uri.path.cut(toBytes: 200))",
                fix: "see /openapi.json for what there is"
            )
        }
        var problem = ProblemResponse(
            .methodNotAllowed,
            "method-not-allowed",
            "\(request.method.rawValue.cut(toBytes: 20)) is none of this path's methods",
            fix: "use \(methods)"
        )
        problem.headers[.allow] = methods
        return problem
    }
}

extension HTTPResponse.Status {
    /// The client closed the connection before it was answered. It goes into metrics alone; nginx counts it so too.
    static let clientClosedRequest = HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request")
}

extension String {
    /// The text, or its beginning where it has more bytes than that: what others sent is not sent back at any length.
    func cut(toBytes limit: Int) -> String {
        utf8.count <= limit ? self : String(decoding: utf8.prefix(limit), as: UTF8.self) + "…"
    }
}
