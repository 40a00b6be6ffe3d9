import Foundation
import MetaNetworkWire

/// What the user agreed to share.
struct SharingConsent: Sendable {
    let items: Bool
    let inputs: Bool
    let codes: Bool
    /// What the user read; `nil` where the app does not say.
    let terms: SampleEvents.Event.Consent?

    /// Whether there is anything that may be shared.
    var isGiven: Bool { items || inputs || codes }

    /// Whether a sample, or a code, may be shared.
    func covers(_ event: SampleEvents.Event) -> Bool {
        if event.code != nil { return codes }
        return event.uncertainty == nil ? items : inputs
    }
}

/// Samples and codes that wait until the service has stored them, in memory and on disk. Their ids stay the same on every try, so
/// that each counts once.
struct Outbox: Sendable {
    /// Maximum number of samples in one request.
    static let batch = 50

    private(set) var events: [SampleEvents.Event] = []
    private let log: SampleLog
    private let consent: SharingConsent
    private var unwritten: [SampleEvents.Event] = []
    /// Size of ``events``.
    private var size = SampleLog.Size()
    /// Size of what lies in the log, with those samples that are no longer in memory.
    private var logged = SampleLog.Size()

    /// Reads what waits; what may not be shared, or no more, is removed.
    init(_ log: SampleLog, _ consent: SharingConsent, _ notices: inout [ClientError]) {
        self.log = log
        self.consent = consent
        guard consent.isGiven else {
            try? FileManager.default.removeItem(at: log.url)
            return
        }
        do {
            let (samples, damagedLines) = try log.read()
            events = log.latest(samples.filter(consent.covers))
            size = SampleLog.Size(of: events)
            logged = size
            if damagedLines > 0 || events.count < samples.count { try log.rewrite(keeping: consent.covers) }
        } catch {
            log.setAside()
            notices.append(.disk(error))
        }
    }

    /// Adds those samples that may be shared; where too many wait, the oldest go.
    mutating func append(_ samples: [SampleEvents.Event]) throws {
        let samples = samples.filter(consent.covers).map { sample in
            var sample = sample
            sample.consent = consent.terms
            return sample
        }
        guard !samples.isEmpty else { return }
        events += samples
        unwritten += samples
        size.add(samples)
        while !log.holds(size), events.count > 1 {
            let oldest = events.removeFirst()
            size.remove([oldest])
            if unwritten.first?.id == oldest.id { unwritten.removeFirst() }
        }
        try log.append(unwritten)
        logged.add(unwritten)
        unwritten = []
        if !log.holds(logged, times: 2) {
            try log.rewrite()
            logged = size
        }
    }

    /// Adds a code, where codes may be shared, in place of one that waits: what a device learned last is all that counts.
    mutating func replaceCode(_ code: SampleEvents.Event) throws {
        guard consent.covers(code) else { return }
        let old = events.filter { $0.code != nil }
        let removal = Result { if !old.isEmpty { try remove(old) } }
        try append([code])
        try removal.get()
    }

    /// Whether enough wait for a message. Inputs come as whole batches and codes alone: they wait for no others.
    var isDue: Bool {
        events.count >= Self.batch || events.contains { $0.uncertainty != nil || $0.code != nil }
    }

    /// The oldest samples, as many as one request carries.
    var nextBatch: [SampleEvents.Event] { SampleEvents.beginning(of: events, count: Self.batch) }

    /// Removes samples that the service has stored or will never store.
    mutating func remove(_ batch: [SampleEvents.Event]) throws {
        let ids = Set(batch.map(\.id))
        events.removeAll { ids.contains($0.id) }
        unwritten.removeAll { ids.contains($0.id) }
        size = SampleLog.Size(of: events)
        try log.rewrite { !ids.contains($0.id) }
        logged = size
    }

    /// Removes all from memory.
    mutating func removeAll() {
        events = []
        unwritten = []
        (size, logged) = (SampleLog.Size(), SampleLog.Size())
    }
}
