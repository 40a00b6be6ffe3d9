import Foundation
import MetaNetwork

/// The samples of this device, oldest first, in memory and on disk.
struct RecentSamples: Sendable {
    private(set) var events: [SampleEvents.Event] = []
    /// Each sample's number in the model's vocabulary, or 1 for a vector; 0 for one that the model does not know.
    private(set) var numbers: [Int] = []
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
            self.events = Array(events.suffix(log.most))
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
    typealias Meaning = (number: Int, embedding: [Float])

    /// Has another version of the model read all samples.
    ///
    /// - Parameter most: Most samples that are kept from now on, where that is fewer than before.
    mutating func read(most: Int, _ meaning: (SampleEvents.Event) -> Meaning) {
        log.most = min(log.most, most)
        events = Array(events.suffix(log.most))
        let meanings = events.map(meaning)
        numbers = meanings.map(\.number)
        embeddings = meanings.map(\.embedding)
    }

    /// Adds a sample; samples that the disk refused before are written with it.
    ///
    /// - Throws: Where the disk refuses; the sample is kept in memory then.
    mutating func append(_ event: SampleEvents.Event, _ meaning: Meaning) throws {
        events.append(event)
        numbers.append(meaning.number)
        embeddings.append(meaning.embedding)
        unwritten.append(event)
        // Half as many again before the older ones go, so that not every sample moves all the others.
        if events.count > log.most + log.most / 2 {
            events.removeFirst(events.count - log.most)
            numbers.removeFirst(numbers.count - log.most)
            embeddings.removeFirst(embeddings.count - log.most)
            unwritten.removeFirst(max(0, unwritten.count - log.most))
        }
        try log.append(unwritten)
        linesInLog += unwritten.count
        unwritten = []
        if linesInLog > 2 * log.most {
            try log.rewrite()
            linesInLog = log.most
        }
    }

    /// Number of samples after the one with this id; all where it is unknown.
    func count(after id: String?) -> Int {
        guard let id, let index = events.lastIndex(where: { $0.id == id }) else { return events.count }
        return events.count - 1 - index
    }

    /// The last samples that the model knows, oldest first.
    func known(last count: Int) -> [Known] {
        var known: [Known] = []
        for index in events.indices.reversed() where numbers[index] > 0 {
            if known.count >= count { break }
            known.append(Known(event: events[index], number: numbers[index], embedding: embeddings[index]))
        }
        return known.reversed()
    }

    /// A sample that the model knows.
    struct Known: Sendable {
        let event: SampleEvents.Event
        let number: Int
        let embedding: [Float]
    }

    /// Removes all from memory.
    mutating func removeAll() {
        events = []
        numbers = []
        embeddings = []
        unwritten = []
        linesInLog = 0
    }
}
