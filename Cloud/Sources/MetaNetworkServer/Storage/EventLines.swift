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
        return packed(texts: try lines.map(encoder.encode)).map { (lines[$0.places], $0.data) }
    }

    /// Writes lines as gzip, as ``packed(_:)`` does, of which the bytes are there.
    ///
    /// - Parameter texts: The bytes of each line, without its end.
    /// - Returns: Which lines are in an object, and its contents.
    static func packed(texts: [Data]) -> [(places: Range<Int>, data: Data)] {
        var pieces: [(places: Range<Int>, data: Data)] = []
        var (text, start) = ([UInt8](), 0)
        func finish(before index: Int) {
            guard start < index else { return }
            pieces.append((start..<index, Deflater().pack(text, isLast: true)))
            (text, start) = ([], index)
        }
        for (index, own) in texts.enumerated() {
            if text.count + own.count + 1 > most { finish(before: index) }
            text += own
            text.append(end)
        }
        finish(before: texts.endIndex)
        return pieces
    }

    /// Reads lines.
    ///
    /// - Returns: The lines, and the bytes of each, which have what a newer release added, too.
    /// - Throws: ``UnreadableEvents`` where the object was damaged, has more than a service writes, or another form.
    static func unpacked(_ data: Data, at place: String) throws(UnreadableEvents) -> (lines: [Self], texts: [Data]) {
        let text: Data
        do { text = try inflated(data) } catch { throw .damage(at: place, error) }
        let decoder = JSONDecoder()
        let texts = text.split(separator: end)
        var lines: [Self] = []
        for line in texts {
            do { lines.append(try decoder.decode(Self.self, from: line)) } catch {
                guard (try? JSONSerialization.jsonObject(with: line)) is [String: Any] else {
                    throw .damage(at: place, error)
                }
                throw .otherForm(at: place, error)
            }
        }
        return (lines, texts)
    }

    private static func inflated(_ data: Data) throws -> Data {
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
        return text
    }

    private struct TooLarge: Error, CustomStringConvertible {
        var description: String { "it unpacks to more than \(2 * most) bytes, which no service writes" }
    }

    private static let end = UInt8(ascii: "\n")
}

/// Why the events of an object cannot be read, and how to fix it.
struct UnreadableEvents: Error, CustomStringConvertible {
    let description: String
    /// Whether the object is damaged. Otherwise whoever wrote it meant it so: a newer release.
    let isDamage: Bool

    static func damage(at place: String, _ error: any Error) -> Self {
        Self(
            description:
                "\(place) is no object of events: \(error); put it back from an older version, or remove it, and its events are lost",
            isDamage: true
        )
    }

    static func otherForm(at place: String, _ error: any Error) -> Self {
        Self(
            description:
                "\(place) has events in a form that this release does not know: \(error); read them with the release that wrote them",
            isDamage: false
        )
    }
}
