import Foundation
import MetaNetworkWire

extension CloudService {
    /// What became of samples.
    enum SharingAnswer: Sendable {
        /// The service has stored them, but those that it names, which it will never take.
        case stored(refused: [SampleEventsReceipt.Refusal])
        /// The service will never take one of them, or all where none is named.
        case never(ClientError, event: Int?)
        /// The service takes none from this device for so many seconds, where it says so.
        case later(ClientError, seconds: Int?)
        /// They are many, and the network is constrained.
        case waiting
    }

    /// Shares samples; returns once the service has stored them, or said why not.
    ///
    /// Only the service's own word ends the life of a sample: another answer, for example a balancer's, is an error.
    func share(_ samples: [SampleEvents.Event]) async throws -> SharingAnswer {
        tokens.forgetOthers()
        var request = try post(SampleEvents(events: samples), to: address.events)
        let isLarge = request.body.map { $0.count > Self.largeMessage } == true
        request.allowsConstrainedNetwork = !isLarge || downloads.allow(first: false)
        let response: TransportResponse
        do {
            response = try await send(request)
        } catch ClientError.constrainedNetwork where !request.allowsConstrainedNetwork {
            return .waiting
        }
        guard !(200..<300).contains(response.status) else {
            guard let receipt = try? JSONDecoder().decode(SampleEventsReceipt.self, from: response.body) else {
                throw ClientError.unusable(what: "the answer to shared samples", reason: "it is no receipt")
            }
            // There is no list where all were stored.
            return .stored(refused: receipt.refused ?? [])
        }
        let refusal = refusal(response)
        switch (response.status, refusal.word) {
        case (400, _?), (422, _?): return .never(refusal.error, event: refusal.event)
        case (429, "event-quota"), (507, _?): return .later(refusal.error, seconds: refusal.wait)
        default: throw refusal
        }
    }

    /// Most bytes of samples that need not wait for a network that is not constrained.
    private static let largeMessage = 32 << 10

    /// Has the service delete what a device shared. One that keeps no events, or does not know devices, has nothing to delete.
    ///
    /// It is done when the service itself says so: the 404 of a balancer that has no service behind it is an error.
    ///
    /// - Parameter device: The id that the device had.
    func deleteEvents(of device: String) async throws {
        guard let token = try await bearer(tokens.next(for: device)) else { return }
        let response = try await exchange(small("DELETE", address.ownEvents), token.token)
        if response.status == 200 {
            guard (try? JSONDecoder().decode(EventDeletion.self, from: response.body)) != nil else {
                throw ClientError.unusable(what: "the answer to a deletion", reason: "it does not say what was deleted")
            }
            return
        }
        let refusal = refusal(response)
        switch (response.status, refusal.word) {
        case (404, "not-found"), (405, "method-not-allowed"): return
        default: throw refusal
        }
    }
}
