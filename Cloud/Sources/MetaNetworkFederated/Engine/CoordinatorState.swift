/// Where a run stands, with arrays by their places among ``SharedArrays``: a model is held by many devices, and is kept once.
///
/// What devices at work have learned and not sent is left out: they learn it again, with the same bits.
struct CoordinatorState: Codable {
    var version: Int
    var seconds: Double
    var updates: Int
    var lost: Int
    var refused: Int
    var counts: [DeviceCounts]
    var points: [FederatedPoint]
    var timeline: [DeviceTurn]
    var model: Int
    /// What the method remembers.
    var memory: [Int]
    /// Of each device the model that it has, and what was left out of its updates.
    var held: [Int: Int]
    var residuals: [Int: Int]
    /// `nil` for rounds, and before devices have applied.
    var line: Line?

    /// ``AtWork``.
    struct Line: Codable {
        var waiting: [Int]
        var begun: Int
        var turns: [Turn]
        var events: [AtWork.Event]
        var cache: [Message]
    }

    /// ``AtWork/Turn``.
    struct Turn: Codable {
        var number: Int
        var sent: Int
        var epochs: Int
        var answers: Bool
        var times: DeviceTurn
        var isTrained: Bool
        var arrival: Message?
    }

    /// ``Arrival`` of devices that apply, which send no gradients.
    struct Message: Codable {
        var device: Int
        var version: Int
        var start: Int
        var update: Int
        var loss: Double
    }
}

/// Arrays, each once however often it is used.
struct SharedArrays {
    private(set) var arrays: [[Float]]
    private var places: [UnsafeRawPointer: Int] = [:]

    init(_ arrays: [[Float]] = []) { self.arrays = arrays }

    /// The place of an array: one that shares its memory with another has the other's.
    mutating func place(of array: [Float]) -> Int {
        // As long as arrays are kept here nobody else has their memory.
        let address = array.withUnsafeBytes { $0.baseAddress }
        if let address, let place = places[address] { return place }
        if let address { places[address] = arrays.count }
        arrays.append(array)
        return arrays.count - 1
    }

    /// - Throws: ``FederatedError`` where there is none.
    func array(_ place: Int) throws(FederatedError) -> [Float] {
        guard arrays.indices.contains(place) else { throw FederatedError("the checkpoint is damaged; delete it") }
        return arrays[place]
    }
}
