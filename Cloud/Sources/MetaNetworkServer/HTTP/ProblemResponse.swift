import Foundation
import HTTPTypes
import Hummingbird
import Logging
import MetaNetwork

/// A problem document as an error: thrown by controllers, answered as it is.
struct ProblemResponse: HTTPResponseError {
    let problem: Problem
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
            type: "urn:metanetwork:problem:\(type)",
            title: type.split(separator: "-").joined(separator: " "),
            status: status.code,
            detail: detail,
            field: field,
            fix: fix,
            currentVersion: currentVersion
        )
        if let seconds { headers[.retryAfter] = String(max(1, Int(seconds.rounded(.up)))) }
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
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

    func response(from request: Request, context: some RequestContext) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var headers = headers
        headers[.contentType] = "application/problem+json"
        var response = try Response.json(problem, status: status, headers: headers, encoder: encoder)
        if request.method == .head { response.body = ResponseBody() }
        return response
    }
}

/// Answers every error with a problem document.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = ServerContext

    let allowed: AllowedMethods

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as ProblemResponse {
            return try problem.response(from: request, context: context)
        } catch let error as any HTTPResponseError where error.status == .notFound {
            return try noRoute(request).response(from: request, context: context)
        } catch let error as any HTTPResponseError {
            let problem = ProblemResponse(
                error.status,
                error.status == .contentTooLarge ? "body-too-large" : "bad-request",
                "\(request.method) \(request.uri.path) cannot be answered: \(error.status)",
                fix: "see /openapi.json for what there is"
            )
            return try problem.response(from: request, context: context)
        } catch {
            context.logger.error("request failed", metadata: ["error": "\(error)"])
            let problem = ProblemResponse(
                .internalServerError,
                "internal",
                "internal server error",
                fix: "try again; the service's log says more",
                retryAfter: 1
            )
            return try problem.response(from: request, context: context)
        }
    }

    private func noRoute(_ request: Request) -> ProblemResponse {
        guard let methods = allowed.names(of: request.uri.path) else {
            return ProblemResponse(
                .notFound,
                "not-found",
                "there is no \(request.uri.path.prefix(200))",
                fix: "see /openapi.json for what there is"
            )
        }
        var problem = ProblemResponse(
            .methodNotAllowed,
            "method-not-allowed",
            "\(request.method) is none of this path's methods",
            fix: "use \(methods)"
        )
        problem.headers[.allow] = methods
        return problem
    }
}
