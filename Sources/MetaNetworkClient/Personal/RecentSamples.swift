import Foundation
import MetaNetworkWire

/// The samples of this device, oldest first, in memory and on disk.
struct RecentSamples: Sendable {
    private(set) var events: [SampleEvents.Event] = []
    /// Each sample's index in the model's vocabulary, or 1 for a vector; 0 for one that the model does not know.
    private(set) var indices: [Int] = []
    /// What a model over vectors makes of each sample; empty where there is nothing to keep.
    private var embeddings: [[Float]] = []
    private var log: SampleLog
    private var unwritten: [SampleEvents.Event] = []
    private var linesInLog = 0

    /// Reads the log.
    init(_ log: SampleLog, _ notices: inout [ClientError]) {
        self.log = log
        do {
            let (events, damagedLines) = try log.read()
            self.events = Array(events.suffix(log.limit))
            linesInLog = events.count
            if damagedLines > 0 {
                notices.append(.storage(reason: "\(damagedLines) lines of \(log.url.lastPathComponent) are no samples"))
                try log.rewrite()
            }
        } catch {
            log.setAside()
            notices.append(.disk(error))
        }
    }

    /// What a model makes of a sample.
    typealias Meaning = (index: Int, embedding: [Float])

    /// Has another version of the model read all samples.
    ///
    /// - Parameter limit: Maximum number of samples kept from now on, where that is fewer than before.
    mutating func read(limit: Int, _ meaning: (SampleEvents.Event) -> Meaning) {
        log.limit = min(log.limit, limit)
        events = Array(events.suffix(log.limit))
        let meanings = events.map(meaning)
        indices = meanings.map(\.index)
        embeddings = meanings.map(\.embedding)
    }

    /// Adds a sample; samples that the disk refused before are written with it.
    ///
    /// - Throws: Where the disk refuses; the sample is kept in memory then.
    mutating func append(_ event: SampleEvents.Event, _ meaning: Meaning) throws {
        events.append(event)
        indices.append(meaning.index)
        embeddings.append(meaning.embedding)
        unwritten.append(event)
        // Half as many again before the older ones go, so that not every sample moves all the others.
        if events.count > log.limit + log.limit / 2 {
            events.removeFirst(events.count - log.limit)
            indices.removeFirst(indices.count - log.limit)
            embeddings.removeFirst(embeddings.count - log.limit)
            unwritten.removeFirst(max(0, unwritten.count - log.limit))
        }
        try log.append(unwritten)
        linesInLog += unwritten.count
        unwritten = []
        if linesInLog > 2 * log.limit {
            try log.rewrite()
            linesInLog = log.limit
        }
    }

    /// Number of samples after the one with this id; all where it is unknown.
    func count(after id: String?) -> Int {
        guard let id, let index = events.lastIndex(where: { $0.id == id }) else { return events.count }
        return events.count - 1 - index
    }

    /// Whether more samples than so many came after the one with this id, as is taken to be so where it is no longer kept.
    func isMore(than count: Int, after id: String?) -> Bool {
        guard let id, let index = events.lastIndex(where: { $0.id == id }) else { return true }
        return events.count - 1 - index > count
    }

    /// The last samples that the model knows, oldest first.
    func known(last count: Int) -> [Known] {
        var known: [Known] = []
        for index in events.indices.reversed() where indices[index] > 0 {
            if known.count >= count { break }
            known.append(Known(event: events[index], index: indices[index], embedding: embeddings[index]))
        }
        return known.reversed()
    }

    /// A sample that the model knows.
    struct Known: Sendable {
        let event: SampleEvents.Event
        let index: Int
        let embedding: [Float]
    }

    /// Removes all from memory.
    mutating func removeAll() {
        events = []
        indices = []
        embeddings = []
        unwritten = []
        linesInLog = 0
    }
}
