import Foundation

/// The objects of a store, read in the order in which events arrived.
struct EventObjects: Sendable {
    /// What came of it.
    struct Reading {
        /// The last list of deletions, where it is another than the first one: whoever got events may have got some that it names.
        var deletions: EventDeletions?
        /// The objects that were damaged, and are left out.
        var damaged: Set<EventObject> = []
        /// What is wrong with each.
        var problems: [ConfigurationProblem] = []
    }

    let objects: any ObjectStore

    init(_ objects: any ObjectStore) { self.objects = objects }

    /// Reads the events of a model, without those that were deleted; repeats are among them.
    ///
    /// An object that is gone since it was listed was put together with others meanwhile, or was too old: then all are listed anew, with the
    /// deletions, and those are read that were not read before. Of what was put together some was given before, too.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - withDeleted: Whether events are given, too, that were deleted and whose bytes are there.
    ///   - body: Gets the events of an object.
    /// - Throws: ``ObjectStoreError``, or what `body` throws.
    func forEach(
        of model: String,
        withDeleted: Bool = false,
        _ body: ([EventLine]) throws -> Void
    ) async throws -> Reading {
        var result = Reading()
        var (known, first, tries) = (Set<String>(), EventDeletions?.none, 0)
        while tries < Self.tries {
            let all = try await objects.events(of: model).filter { !known.contains($0.key) }
            let deletions = withDeleted ? EventDeletions() : try await objects.deletions().deletions
            let earliest = first ?? deletions
            first = earliest
            let count = try await read(all, deletions, &result, body)
            guard count < all.count else {
                result.deletions = deletions == earliest ? nil : deletions
                return result
            }
            known.formUnion(all.prefix(count).map(\.key))
            // However long all take, each try that read some is one of progress.
            tries = count > 0 ? 1 : tries + 1
        }
        throw ObjectStoreError(
            "\(objects.place(of: model)) cannot be read: its objects are put together again and again meanwhile; try later",
            isOutage: true
        )
    }

    /// Tries that read nothing, one after the other.
    private static let tries = 5
    /// Objects that are fetched at the same time.
    private static let width = 8

    /// - Returns: How many were read: those before the first one that is gone.
    private func read(
        _ all: [EventObject],
        _ deletions: EventDeletions,
        _ result: inout Reading,
        _ body: ([EventLine]) throws -> Void
    ) async throws -> Int {
        try await withThrowingTaskGroup(of: (place: Int, data: Data?).self) { group in
            var (begun, next) = (0, 0)
            var waiting: [Int: Data] = [:]
            func begin() {
                guard begun < all.count else { return }
                let (place, key) = (begun, all[begun].key)
                begun += 1
                group.addTask { [objects] in
                    let reading = try await objects.get(key, unless: nil, upTo: ObjectBytes.record)
                    guard case .contents(let data, _) = reading else { return (place, nil) }
                    return (place, data)
                }
            }
            for _ in 0..<Self.width { begin() }
            while next < all.count {
                guard let read = try await group.next() else { preconditionFailure("each object is fetched") }
                guard let data = read.data else {
                    group.cancelAll()
                    break
                }
                waiting[read.place] = data
                while let data = waiting.removeValue(forKey: next) {
                    if let lines = lines(of: all[next], data, &result) {
                        try body(lines.filter { !deletions.name($0) })
                    }
                    next += 1
                    begin()
                }
            }
            return next
        }
    }

    /// - Returns: `nil` where it is damaged.
    private func lines(of object: EventObject, _ data: Data, _ result: inout Reading) -> [EventLine]? {
        do { return try EventLine.unpacked(data, at: objects.place(of: object.key)).lines } catch {
            result.damaged.insert(object)
            result.problems.append(ConfigurationProblem(error.description))
            return nil
        }
    }
}
