import Foundation
import MetaNetwork

/// The samples of this device, oldest first, in memory and on disk.
struct RecentSamples: Sendable {
    private(set) var events: [SampleEvents.Event] = []
    /// Each sample's number in the model's vocabulary; 0 for one that it does not know.
    private(set) var numbers: [Int] = []
    private let log: SampleLog
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

    /// Looks all samples up in a vocabulary.
    mutating func number(with vocabulary: ItemVocabulary) {
        numbers = events.map { vocabulary.number(of: $0.item) ?? 0 }
    }

    /// Adds a sample; samples that the disk refused before are written with it.
    ///
    /// - Throws: Where the disk refuses; the sample is kept in memory then.
    mutating func append(_ event: SampleEvents.Event, number: Int?) throws {
        events.append(event)
        numbers.append(number ?? 0)
        unwritten.append(event)
        // Half as many again before the older ones go, so that not every sample moves all the others.
        if events.count > log.most + log.most / 2 {
            events.removeFirst(events.count - log.most)
            numbers.removeFirst(numbers.count - log.most)
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
    func known(last count: Int) -> [(event: SampleEvents.Event, number: Int)] {
        var known: [(SampleEvents.Event, Int)] = []
        for index in events.indices.reversed() where numbers[index] > 0 {
            if known.count >= count { break }
            known.append((events[index], numbers[index]))
        }
        return known.reversed()
    }

    /// Removes all from memory.
    mutating func removeAll() {
        events = []
        numbers = []
        unwritten = []
        linesInLog = 0
    }
}
