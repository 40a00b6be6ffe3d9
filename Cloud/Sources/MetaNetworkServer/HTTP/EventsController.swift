import Foundation
import Hummingbird
import MetaNetwork
import Metrics

/// `POST /v1/models/{model}/events` and `DELETE /v1/devices/me/events`: samples that users agreed to share.
struct EventsController {
    let store: any EventStore
    let models: ServedModels
    let limits: ServerConfiguration.Limits

    func addRoutes(to group: RouterGroup<ServerContext>) {
        group.post("models/:model/events") { request, context in try await share(request, context) }
        group.delete("devices/me/events") { _, context in try await forget(context) }
    }

    private func share(_ request: Request, _ context: ServerContext) async throws -> Response {
        _ = try models.requestedModel(context)
        let body = try await request.bytes(upTo: limits.bodyBytes)
        let message: SampleEvents
        do {
            message = try JSONDecoder().decode(SampleEvents.self, from: Data(body))
        } catch {
            throw ProblemResponse(
                .badRequest,
                "bad-request",
                "the body is no list of events",
                field: "events",
                fix: "send {\"events\":[{\"id\":…,\"item\":…,\"time\":…}]}"
            )
        }
        try check(message)
        let receipt: SampleEventsReceipt
        do {
            receipt = try await store.append(
                EventMessage(device: context.device, model: context.parameter("model"), events: message.events)
            )
        } catch is EventStoreFull {
            throw ProblemResponse(
                .tooManyRequests,
                "queue-full",
                "too many messages are waiting",
                fix: "wait as Retry-After says; events that were not acknowledged may be sent again",
                retryAfter: 1
            )
        }
        Self.stored.increment(by: receipt.stored)
        Self.repeated.increment(by: receipt.repeated)
        return try .json(receipt)
    }

    private static let stored = Counter(.events, [("result", "stored")])
    private static let repeated = Counter(.events, [("result", "repeated")])

    /// A sample from the future would never be deleted for its age; phones' clocks may be a little ahead.
    private static var latestTime: Int { Int(Date().timeIntervalSince1970) + 86_400 }

    private func check(_ message: SampleEvents) throws {
        guard (1...limits.events).contains(message.events.count) else {
            throw ProblemResponse(
                .badRequest,
                "bad-request",
                "the message has \(message.events.count) events",
                field: "events",
                fix: "send 1 to \(limits.events) at a time"
            )
        }
        for (index, event) in message.events.enumerated() {
            guard ParametersRequest.isWord(event.id), (1...1024).contains(event.item.unicodeScalars.count),
                event.time >= 0
            else {
                throw ProblemResponse(
                    .badRequest,
                    "bad-request",
                    "the event has a bad id, item or time",
                    field: "events[\(index)]",
                    fix: "id: 8 to 64 letters, digits, - and _; item: 1 to 1024 characters; time: seconds since 1970"
                )
            }
            guard event.time <= Self.latestTime else {
                throw ProblemResponse(
                    .unprocessableContent,
                    "future-event",
                    "the event comes from the future",
                    field: "events[\(index)].time",
                    fix: "set the device's clock, or leave the event out"
                )
            }
        }
    }

    private func forget(_ context: ServerContext) async throws -> Response {
        struct Deleted: Encodable { let deleted: Int }
        return try .json(Deleted(deleted: try await store.delete(device: context.device)))
    }
}
