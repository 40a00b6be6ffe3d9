import Foundation
import MetaNetwork
import MetaNetworkClient
import MetaNetworkData
import MetaNetworkWire
import Synchronization

/// The network of one simulated device: a real one that is measured, and fails as often as it is told to.
final class SimulatedNetwork: Transport {
    private struct State {
        var random: SeededGenerator
        /// `nil` before the first interaction, when it is online.
        var isOffline: Bool?
        var traffic = Traffic()
    }

    private enum Fate { case offline, lostThere, lostBack, arrives }

    private let real: any Transport
    private let conditions: NetworkConditions
    private let state: Mutex<State>

    /// - Parameters:
    ///   - real: Carries what is not lost.
    ///   - conditions: How often it fails.
    ///   - random: Chooses what is lost.
    init(_ real: any Transport, _ conditions: NetworkConditions, _ random: SeededGenerator) {
        self.real = real
        self.conditions = conditions
        state = Mutex(State(random: random))
    }

    var traffic: Traffic { state.withLock { $0.traffic } }

    /// The device's next interaction: it may be offline from now on, or online again.
    func advance() {
        state.withLock { state in
            state.isOffline = conditions.isOffline(after: state.isOffline, using: &state.random)
        }
    }

    func send(_ request: TransportRequest) async throws -> TransportResponse {
        let fate = begin(request)
        if fate == .offline || fate == .lostThere { throw TransportError.failed("simulated") }
        let start = ContinuousClock.now
        let response: TransportResponse
        do {
            response = try await real.send(request)
        } catch {
            state.withLock { $0.traffic.fail("unreachable") }
            throw error
        }
        guard fate == .arrives else {
            state.withLock { $0.traffic.fail("lost") }
            throw TransportError.failed("simulated")
        }
        end(request, response, seconds: (ContinuousClock.now - start) / .seconds(1))
        return response
    }

    private func begin(_ request: TransportRequest) -> Fate {
        state.withLock { state in
            state.traffic.requests += 1
            if state.isOffline == true {
                state.traffic.fail("offline")
                return .offline
            }
            let chance = Double(state.random.uniform())
            if chance < conditions.loss / 2 {
                state.traffic.fail("lost")
                return .lostThere
            }
            if let body = request.body {
                state.traffic.bytesUp += body.count
                if request.url.path.hasSuffix("/events") { state.traffic.codeBytes += Self.codeBytes(of: body) }
            }
            return chance < conditions.loss ? .lostBack : .arrives
        }
    }

    /// Bytes of the values of the codes in a message.
    private static func codeBytes(of body: Data) -> Int {
        let message = try? JSONDecoder().decode(SampleEvents.self, from: body)
        return message?.events.reduce(0) { $0 + 4 * ($1.code?.floats?.count ?? 0) } ?? 0
    }

    private func end(_ request: TransportRequest, _ response: TransportResponse, seconds: Double) {
        let isFile = request.url.path.contains("/versions/")
        let bytes = response.body.isEmpty ? Int(response.header("content-length") ?? "") ?? 0 : response.body.count
        state.withLock { state in
            if isFile { state.traffic.fileBytes += bytes } else { state.traffic.bytesDown += bytes }
            if response.status >= 400 { state.traffic.fail("status \(response.status)") }
            guard response.status == 200 else { return }
            if request.url.path.hasSuffix("/parameters") {
                state.traffic.refreshes += 1
                state.traffic.latencies.append(seconds)
            } else if request.url.path.hasSuffix("/answers") {
                state.traffic.latencies.append(seconds)
            }
        }
    }
}
