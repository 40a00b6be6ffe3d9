/// What a place of events has, as one listing of all of it says.
struct EventListing: Sendable {
    /// The objects with events, in the order of their arrival.
    var events: [EventObject] = []
    /// Those that were damaged and are set aside.
    var damaged: [EventObject] = []
    /// What devices had deleted.
    private(set) var deletions = EventDeletions()
    /// When each deletion was asked for, by its key.
    private(set) var times: [String: Int] = [:]

    init(_ listing: ObjectListing) {
        for entry in listing.objects {
            if let time = deletions.add(entry.key) {
                times[entry.key] = time
            } else if let object = EventObject(entry) {
                events.append(object)
            } else if let object = EventObject(damaged: entry) {
                damaged.append(object)
            }
        }
        events.sort(by: EventObject.isBefore)
    }

    /// How many events there are, and how old they are.
    func ages(arrivedBefore time: Int) -> EventAges {
        EventAges(
            events: events.reduce(0) { $0 + $1.count },
            old: events.reduce(0) { $0 + ($1.end <= time ? $1.count : 0) },
            newestArrival: events.last?.arrival
        )
    }

    /// The objects of hours that ended before a time, those that are set aside too, and the deletions of two days before, which then name nothing
    /// any more, whoever just writes objects anew.
    func keys(endedBefore time: Int) -> [String] {
        events.filter { $0.end <= time }.map(\.key) + damaged.filter { $0.end <= time }.map(\.damagedKey)
            + times.filter { $0.value + EventQuota.secondsOfDay * 2 <= time }.map(\.key)
    }
}

extension ObjectStore {
    /// Lists all of a place of events, a thousand objects a request.
    func eventListing() async throws -> EventListing { EventListing(try await list("", isDeep: true)) }

    /// The objects of a model, or of all models, that were damaged and are set aside.
    func damagedEvents(of model: String?) async throws -> [EventObject] {
        let folder = model.map { "\($0)/" } ?? ""
        return EventListing(try await list("\(EventObject.damagedFolder)\(folder)", isDeep: true)).damaged
    }
}
