import Foundation
import MetaNetworkGzip
import MetaNetworkWire

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

    /// The most bytes of text that go into an object. Devices choose what is in them, and a text of zeros is a thousandth of its size in gzip.
    static let most = 32 << 20

    /// Writes lines as gzip: in order, as much as an object holds at a time.
    static func packed(_ lines: [Self]) throws -> [(lines: ArraySlice<Self>, data: Data)] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var pieces: [(lines: ArraySlice<Self>, data: Data)] = []
        var (text, start) = ([UInt8](), lines.startIndex)
        func finish(before index: Int) {
            guard start < index else { return }
            pieces.append((lines[start..<index], Deflater().pack(text, isLast: true)))
            (text, start) = ([], index)
        }
        for (index, line) in lines.enumerated() {
            let own = try encoder.encode(line) + [end]
            if text.count + own.count > most { finish(before: index) }
            text += own
        }
        finish(before: lines.endIndex)
        return pieces
    }

    /// Reads lines.
    ///
    /// - Returns: The lines, and how many bytes they have as text.
    /// - Throws: ``ConfigurationProblem`` where the object was damaged, or has more than a service writes.
    static func unpacked(_ data: Data, at place: String) throws(ConfigurationProblem) -> (lines: [Self], bytes: Int) {
        do {
            let inflater = Inflater()
            var (text, rest) = (Data(), Optional(data))
            while let piece = try inflater.next({
                defer { rest = nil }
                return rest
            }) {
                text += piece
                // A line may be longer than what an object holds of several.
                guard text.count <= 2 * most else { throw TooLarge() }
            }
            let decoder = JSONDecoder()
            return (try text.split(separator: end).map { try decoder.decode(Self.self, from: Data($0)) }, text.count)
        } catch {
            throw ConfigurationProblem(
                "\(place) is no object of events: \(error); put it back from an older version, or remove it, and its events are lost"
            )
        }
    }

    private struct TooLarge: Error, CustomStringConvertible {
        var description: String { "it unpacks to more than \(2 * most) bytes, which no service writes" }
    }

    private static let end = UInt8(ascii: "\n")
}
