/// The devices of a round and what has arrived of them. Times are in seconds of any clock that never goes back.
struct OpenRound {
    let number: Int
    /// When the round may end with fewer updates than devices; `nil` before its first device.
    private(set) var deadline: Double?
    private var places: [Int: Place] = [:]

    /// A device's place.
    private struct Place {
        var examples: Int
        /// Whether it is kept for the device; not once the round's time was over and the device had not answered.
        var isKept = true
        var update: ReceivedUpdate?
    }

    init(_ number: Int) { self.number = number }

    /// Devices that have a turn, those whose update has arrived included.
    var joined: Int { places.values.count { $0.isKept || $0.update != nil } }
    /// Devices that were given a turn, and from which nothing came.
    var lost: Int { places.values.count { $0.update == nil } }
    /// What has arrived, by number of the device.
    var arrived: [ReceivedUpdate] {
        places.sorted { $0.key < $1.key }.compactMap(\.value.update)
    }
    var arrivedCount: Int { places.values.count { $0.update != nil } }

    /// Gives a device a place; one that has a place keeps it.
    ///
    /// - Returns: Whether it has one, and nothing of it has arrived.
    mutating func join(_ device: Int, examples: Int, _ configuration: FederationConfiguration, now: Double) -> Bool {
        if let place = places[device], place.isKept || place.update != nil {
            guard place.update == nil else { return false }
            places[device]?.examples = examples
            return true
        }
        guard joined < configuration.devices else { return false }
        places[device] = Place(examples: examples)
        deadline = deadline ?? now + configuration.seconds
        return true
    }

    /// Takes a device's update.
    ///
    /// - Throws: ``FederationRefusal`` where the device has no turn, or its update is there.
    mutating func take(_ update: ReceivedUpdate) throws(FederationRefusal) {
        guard var place = places[update.device] else { throw .notJoined }
        guard place.update == nil else { throw .alreadyArrived }
        place.update = update
        place.update?.examples = place.examples
        places[update.device] = place
    }

    /// Whether all updates are there, or enough of them once the time is over. Where the time is over and they are too few, the round
    /// goes on for as long again, and places of devices that did not answer are free.
    mutating func mayEnd(_ configuration: FederationConfiguration, now: Double) -> Bool {
        let count = arrivedCount
        if count >= configuration.devices { return true }
        guard let deadline, now >= deadline else { return false }
        if count >= configuration.quorum { return true }
        self.deadline = now + configuration.seconds
        for device in places.keys { places[device]?.isKept = false }
        return false
    }

    /// Seconds until the round may end.
    func secondsLeft(now: Double) -> Double { deadline.map { max(0, $0 - now) } ?? 0 }
}

/// Why an update or a device is not taken.
enum FederationRefusal: Error, Equatable {
    /// The round has its devices, or what this one has to give; there may be a place in so many seconds.
    case roundFull(seconds: Double)
    /// All rounds are over.
    case over
    /// Another round is open.
    case roundOver(open: Int)
    /// The device has no turn in the round.
    case notJoined
    /// The device's update is there.
    case alreadyArrived
    /// The message is none.
    case damaged(String)
    /// It has a value that is not finite.
    case notFinite
    /// Its norm is beyond the bound.
    case tooLong(norm: Double, bound: Double)

    /// The word by which metrics and problem documents name it.
    var word: String {
        switch self {
        case .roundFull: "round-full"
        case .over: "federation-over"
        case .roundOver: "round-over"
        case .notJoined: "not-joined"
        case .alreadyArrived: "already-arrived"
        case .damaged: "bad-update"
        case .notFinite: "update-not-finite"
        case .tooLong: "update-too-long"
        }
    }
}
