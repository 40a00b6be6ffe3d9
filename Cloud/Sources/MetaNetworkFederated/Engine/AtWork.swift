import HeapModule
import MetaNetworkData
import MetaNetworkWire

/// Devices that apply by themselves: those at work, those that wait for their turn, and what has arrived since the last model.
struct AtWork {
    /// Idle devices in the order in which they came.
    var waiting: [Int]
    /// Those at work, by number of their turn.
    var turns: [Int: Turn] = [:]
    var events: Heap<Event> = []
    /// What has arrived since the last model.
    var cache: [Arrival] = []
    var begun = 0

    init(waiting: [Int]) { self.waiting = waiting }

    struct Turn {
        let turn: WorkerPool.Turn
        let version: Int
        let codec: UpdateCodec?
        let answers: Bool
        var times: DeviceTurn
        /// What it learned, as long as it has not been sent.
        var result: LocalResult?
        var isTrained = false
        var arrival: Arrival?
    }

    /// Takes up a turn that begins.
    mutating func begin(_ turn: Turn) {
        turns[begun] = turn
        let time = turn.times.trained
        events.insert(Event(time: time, number: begun, kind: turn.answers ? .trained : .lost))
        begun += 1
    }

    /// Something that happens; of the same time what was begun first, and last who comes back.
    struct Event: Comparable, Codable {
        let time: Double
        let number: Int
        let kind: Kind

        /// Of ``back`` the number is the device's own.
        enum Kind: String, Codable { case trained, arrived, lost, back }

        static func < (a: Event, b: Event) -> Bool {
            (a.time, a.kind == .back ? 1 : 0, a.number) < (b.time, b.kind == .back ? 1 : 0, b.number)
        }
    }
}
