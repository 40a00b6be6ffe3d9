import Foundation
import MetaNetwork
import MetaNetworkGzip

/// An event as it stands in an object: a line of JSON. The model is in the object's name.
struct EventLine: Codable, Sendable, Equatable {
    let device: String
    let id: String
    /// Raw id of the item; of a model over vectors the input as `InputText`; empty where there is a code.
    let item: String
    let time: Int
    /// When it arrived, in seconds since 1970.
    let arrival: Int
    var uncertainty: Float?
    var code: SampleEvents.Event.Code?
    var consent: SampleEvents.Event.Consent?

    init(_ event: SampleEvents.Event, of device: String, arrival: Int) {
        (self.device, self.arrival) = (device, arrival)
        (id, item, time) = (event.id, event.item, event.time)
        (uncertainty, code, consent) = (event.uncertainty, event.code, event.consent)
    }

    var key: EventKey { EventKey(device: device, id: id) }

    /// The event as a device sends it.
    var event: SampleEvents.Event {
        var event = SampleEvents.Event(id: id, item: item, time: time, uncertainty: uncertainty)
        (event.code, event.consent) = (code, consent)
        return event
    }

    /// Writes lines as gzip.
    static func packed(_ lines: [Self]) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text: [UInt8] = []
        for line in lines { text += try encoder.encode(line) + [end] }
        return Deflater().pack(text, isLast: true)
    }

    /// Reads lines.
    ///
    /// - Throws: ``ConfigurationProblem`` where the object was damaged.
    static func unpacked(_ data: Data, at place: String) throws(ConfigurationProblem) -> [Self] {
        do {
            let inflater = Inflater()
            var (text, rest) = (Data(), Optional(data))
            while let piece = try inflater.next({
                defer { rest = nil }
                return rest
            }) { text += piece }
            let decoder = JSONDecoder()
            return try text.split(separator: end).map { try decoder.decode(Self.self, from: Data($0)) }
        } catch {
            throw ConfigurationProblem(
                "\(place) is no object of events: \(error); put it back from an older version, or remove it, and its events are lost"
            )
        }
    }

    private static let end = UInt8(ascii: "\n")
}
