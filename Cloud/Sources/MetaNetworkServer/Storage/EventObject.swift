import Foundation
import MetaNetwork

/// An object with events that arrived in one hour, and what its name says of them:
/// `MODEL/YYYY-MM-DD/HH/ARRIVAL-WRITER-NUMBER-COUNT.jsonl.gz`. How many events there are, and how old, is known without reading any.
struct EventObject: Sendable, Hashable {
    let model: String
    /// When the first of its events arrived, in seconds since 1970.
    let arrival: Int
    /// The service that wrote it, or what it was put together of: letters and digits.
    let writer: String
    /// How many the writer wrote before.
    let number: Int
    /// Number of events.
    let count: Int
    /// Its size; `nil` where the store does not say.
    var bytes: Int?

    /// What a time or a count can be: with what others write, or damage, beyond it no sum is right.
    static let numbers = 0...(1 << 40)
    /// Seconds of an hour.
    static let hour = 3600
    private static let ending = ".jsonl.gz"

    /// Names an object.
    init(model: String, arrival: Int, writer: String, number: Int, count: Int) {
        (self.model, self.arrival, self.writer) = (model, arrival, writer)
        (self.number, self.count) = (number, count)
    }

    /// Reads a name.
    ///
    /// - Returns: `nil` for objects that are none.
    init?(_ entry: ObjectListing.Entry) {
        let parts = entry.key.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, BundleLayout.isModelName(String(parts[0])), parts[3].hasSuffix(Self.ending) else {
            return nil
        }
        let words = parts[3].dropLast(Self.ending.count).split(separator: "-", omittingEmptySubsequences: false)
        guard words.count == 4, let arrival = Int(words[0]), let number = Int(words[2]), let count = Int(words[3]),
            Self.numbers.contains(arrival), Self.numbers.contains(count), count > 0
        else { return nil }
        self.init(model: String(parts[0]), arrival: arrival, writer: String(words[1]), number: number, count: count)
        bytes = entry.bytes
        guard key == entry.key else { return nil }
    }

    /// What the keys of objects begin with that were damaged, and are set aside; no model's name begins with a dot.
    static let damagedFolder = ".damaged/"

    /// Reads the name of an object that is set aside.
    ///
    /// - Returns: `nil` for objects that are none.
    init?(damaged entry: ObjectListing.Entry) {
        guard entry.key.hasPrefix(Self.damagedFolder) else { return nil }
        let key = String(entry.key.dropFirst(Self.damagedFolder.count))
        self.init(ObjectListing.Entry(key: key, modified: entry.modified, bytes: entry.bytes))
    }

    /// Its key once it is set aside.
    var damagedKey: String { Self.damagedFolder + key }

    /// What objects are put together to. Whoever lists keys while that happens finds the first of the parts, or this: its name comes after it.
    ///
    /// - Parameters:
    ///   - parts: At least one, in order.
    ///   - count: Number of events.
    ///   - digest: Stands for the contents, so that services which do the same at once write one object.
    init(_ parts: [EventObject], count: Int, digest: String) {
        guard let first = parts.first else { preconditionFailure("there are parts") }
        let generation = parts.compactMap(\.generation).max().map { $0 + 1 } ?? 0
        let digits = String(generation)
        let number = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        self.init(model: first.model, arrival: first.arrival, writer: "m\(number)x\(digest)", number: 0, count: count)
    }

    /// How often its oldest part was put together; `nil` for what a service wrote.
    private var generation: Int? {
        guard writer.hasPrefix("m"), let number = Int(writer.dropFirst().prefix { $0 != "x" }) else { return nil }
        return Self.numbers.contains(number) ? number : nil
    }

    /// Its key.
    var key: String { "\(folder)\(arrival)-\(writer)-\(number)-\(count)\(Self.ending)" }

    /// What the keys of its model and hour begin with.
    var folder: String {
        let day = Date(timeIntervalSince1970: Double(arrival)).formatted(.iso8601.year().month().day())
        let hour = arrival / Self.hour % 24
        return "\(model)/\(day)/\(hour < 10 ? "0" : "")\(hour)/"
    }

    /// When the last of its events may have arrived: the end of its hour.
    var end: Int { (arrival / Self.hour + 1) * Self.hour }

    /// The order in which events arrived; among writers of the same second, always the same one.
    static func isBefore(_ left: Self, _ right: Self) -> Bool {
        (left.arrival, left.writer, left.number) < (right.arrival, right.writer, right.number)
    }
}

extension ObjectStore {
    /// The objects with events of a model, or of all models, in the order of their arrival.
    func events(of model: String?) async throws -> [EventObject] {
        try await list(model.map { "\($0)/" } ?? "", isDeep: true).objects.compactMap { EventObject($0) }
            .sorted(by: EventObject.isBefore)
    }
}
