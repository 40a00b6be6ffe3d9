import Dispatch
import MetaNetworkData

/// An epoch over parts that are read when their turn comes: of each piece that is asked for one part is in memory, and the next one is read meanwhile.
final class StreamedEpoch<Part: Sendable> {
    /// Where a piece is.
    private final class Piece {
        private let visits: [PartOrder.Visit]
        private let reader: ReadAhead<Part>
        private var current: (place: Int, part: Part)?

        init(_ visits: [PartOrder.Visit], _ queue: DispatchQueue, _ read: @escaping @Sendable (Int) throws -> Part) {
            self.visits = visits
            reader = ReadAhead(on: queue) { try read(visits[$0].part) }
        }

        func batch(at step: Int) throws -> (part: Part, batch: Int)? {
            if let current, visits[current.place].steps.contains(step) {
                return (current.part, step - visits[current.place].steps.lowerBound)
            }
            guard let place = visits.firstIndex(where: { $0.steps.contains(step) }) else { return nil }
            // The part that is over makes room before the next one comes.
            current = nil
            let part = try reader.value(place, before: place + 1 < visits.count ? place + 1 : nil)
            current = (place, part)
            return (part, step - visits[place].steps.lowerBound)
        }
    }

    private let pieces: [Piece]

    /// - Parameters:
    ///   - order: The order of the epoch.
    ///   - read: Reads a part, by its number.
    init(_ order: PartOrder, read: @escaping @Sendable (Int) throws -> Part) {
        // Parts are read one after the other, so that little is in memory that is not a part yet.
        let queue = DispatchQueue(label: "metanetwork.parts")
        pieces = order.pieces.map { Piece($0, queue, read) }
    }

    /// The part in which a piece is at a step, and the number of the batch in it; `nil` where the piece has visited all its parts.
    ///
    /// - Throws: What reading the part throws.
    func batch(of piece: Int, at step: Int) throws -> (part: Part, batch: Int)? {
        try pieces[piece].batch(at: step)
    }
}
