import Foundation
import Hummingbird
import MetaNetwork
import NIOCore

/// `POST /v1/models/{model}/events` and `DELETE /v1/devices/me/events`: samples that users agreed to share.
struct EventsController {
    let store: EventStore
    let writer: EventWriter
    let models: ServedModels
    let limits: ServerConfiguration.Limits

    func addRoutes(to group: RouterGroup<ServerContext>) {
        group.post("models/:model/events") { request, context in try await take(request, context) }
        group.delete("devices/me/events") { _, context in try await forget(context) }
    }

    private func take(_ request: Request, _ context: ServerContext) async throws -> Response {
        _ = try ModelController.model(models, context)
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
        let name = context.parameters.get("model") ?? ""
        let receipt: SampleEventsReceipt
        do {
            receipt = try await writer.write(
                EventStore.Message(device: context.device, model: name, events: message.events)
            )
        } catch is EventWriter.Full {
            throw ProblemResponse(
                .tooManyRequests,
                "queue-full",
                "too many messages are waiting",
                fix: "wait as Retry-After says; events that were not acknowledged may be sent again",
                retryAfter: 1
            )
        }
        return try Self.json(receipt)
    }

    /// A sample from the future would be kept for ever; phones' clocks may be a little ahead.
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
        for (place, event) in message.events.enumerated() {
            guard ParametersRequest.isWord(event.id), (1...1024).contains(event.item.unicodeScalars.count),
                event.time >= 0
            else {
                throw ProblemResponse(
                    .badRequest,
                    "bad-request",
                    "the event has a bad id, item or time",
                    field: "events[\(place)]",
                    fix: "id: 8 to 64 letters, digits, - and _; item: 1 to 1024 characters; time: seconds since 1970"
                )
            }
            guard event.time <= Self.latestTime else {
                throw ProblemResponse(
                    .unprocessableContent,
                    "future-event",
                    "the event comes from the future",
                    field: "events[\(place)].time",
                    fix: "set the device's clock, or leave the event out"
                )
            }
        }
    }

    private func forget(_ context: ServerContext) async throws -> Response {
        struct Deleted: Encodable { let deleted: Int }
        return try Self.json(Deleted(deleted: try await store.delete(device: context.device)))
    }

    private static func json(_ value: some Encodable) throws -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: try JSONEncoder().encode(value)))
        )
    }
}
