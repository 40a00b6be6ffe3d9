import Foundation
import HTTPTypes
import Hummingbird
import MetaNetworkWire
import Metrics

/// `POST /v1/models/{model}/events` and `DELETE /v1/devices/me/events`: samples and codes that users agreed to share.
struct EventsController {
    let store: any EventStore
    let models: ServedModels
    let limits: ServerConfiguration.Limits

    func addRoutes(to group: RouterGroup<ServerContext>) {
        group.post("models/:model/events") { request, context in try await share(request, context) }
        group.delete("devices/me/events") { _, context in try await forget(context) }
    }

    private func share(_ request: Request, _ context: ServerContext) async throws -> Response {
        let model = try models.requestedModel(context)
        let body = try await request.bytes(upTo: limits.bodyBytes)
        let check = try EventCheck(
            message(in: body).events,
            of: EventCheck.Model(inputCount: model.main?.inputCount, codeCounts: model.codeCounts),
            now: Int(Date().timeIntervalSince1970)
        )
        Self.invalid.increment(by: check.refused.count)
        if check.accepted.isEmpty, let first = check.refused.first { throw Self.problem(first, check) }
        var message = EventMessage(
            device: context.device,
            model: context.parameter("model"),
            events: check.accepted
        )
        message.assignment = model.assignment(of: context.device)
        var receipt: SampleEventsReceipt
        do {
            receipt = try await store.append(message)
        } catch let refusal as EventsRefused {
            Self.refusals(refusal).increment(by: check.accepted.count)
            throw ProblemResponse(refusal)
        }
        Self.stored.increment(by: receipt.stored)
        Self.repeated.increment(by: receipt.repeated)
        for ranking in message.events.compactMap(\.ranking) { model.versions[ranking.version]?.metrics.chose(ranking) }
        if !check.refused.isEmpty { receipt.refused = check.refused }
        return try .json(receipt)
    }

    private func message(in body: [UInt8]) throws -> SampleEvents {
        guard let message = try? JSONDecoder().decode(SampleEvents.self, from: Data(body)) else {
            throw ProblemResponse(
                .badRequest,
                "bad-request",
                "the body is no list of events",
                field: "events",
                fix: "send {\"events\":[{\"id\":…,\"item\":…,\"time\":…}]}"
            )
        }
        guard (1...limits.events).contains(message.events.count) else {
            throw ProblemResponse(
                .badRequest,
                "bad-request",
                "the message has \(message.events.count) events",
                field: "events",
                fix: "send 1 to \(limits.events) at a time"
            )
        }
        return message
    }

    private static func problem(_ refusal: SampleEventsReceipt.Refusal, _ check: EventCheck) -> ProblemResponse {
        ProblemResponse(
            check.hasMalformed ? .badRequest : .unprocessableContent,
            check.hasMalformed ? "bad-request" : "foreign-events",
            "no event of the message can be stored; the first one: \(refusal.reason)",
            field: "events[\(refusal.index)]",
            fix: check.fix
        )
    }

    private static let stored = Counter(.events, [("result", "stored")])
    private static let repeated = Counter(.events, [("result", "repeated")])
    private static let invalid = Counter(.eventsRefused, [("reason", "invalid")])
    private static let busy = Counter(.eventsRefused, [("reason", "busy")])
    private static let quota = Counter(.eventsRefused, [("reason", "quota")])
    private static let full = Counter(.eventsRefused, [("reason", "full")])
    private static let unavailable = Counter(.eventsRefused, [("reason", "unavailable")])

    private static func refusals(_ refusal: EventsRefused) -> Counter {
        switch refusal {
        case .busy: busy
        case .quota: quota
        case .full: full
        case .unavailable: unavailable
        }
    }

    private func forget(_ context: ServerContext) async throws -> Response {
        do {
            return try .json(EventDeletion(deleted: try await store.delete(device: context.device)))
        } catch let refusal as EventsRefused {
            throw ProblemResponse(refusal)
        }
    }
}

extension ProblemResponse {
    /// Why no events are taken now.
    fileprivate init(_ refusal: EventsRefused) {
        switch refusal {
        case .busy:
            self.init(
                .tooManyRequests,
                "queue-full",
                "too many messages are waiting",
                fix: "wait as Retry-After says; events that were not acknowledged may be sent again",
                retryAfter: 1
            )
        case .quota(let seconds):
            self.init(
                .tooManyRequests,
                "event-quota",
                "the device has stored as many events today as it may",
                fix: "wait as Retry-After says, and keep the events until then",
                // Otherwise all devices would come back in the first second of the day.
                retryAfter: Double(seconds) + .random(in: 0...3600)
            )
        case .full:
            self.init(
                HTTPResponse.Status(code: 507),
                "event-store-full",
                "the service has no room for more events",
                fix: "keep the events and send them another day; the operator must make room"
            )
        case .unavailable:
            self.init(
                .serviceUnavailable,
                "event-store-unavailable",
                "the database of events does not answer",
                fix: "wait as Retry-After says; events that were not acknowledged may be sent again",
                // Otherwise all devices would come back in the second in which it is up again.
                retryAfter: .random(in: 5...60)
            )
        }
    }
}
