import Foundation

/// The objects of a store, read in the order in which events arrived.
struct EventObjects: Sendable {
    let objects: any ObjectStore

    init(_ objects: any ObjectStore) { self.objects = objects }

    /// Reads the events of a model, without those that were deleted; repeats are among them.
    ///
    /// An object that is gone since it was listed was put together with others meanwhile, or was too old: then all are listed anew, and what was
    /// read before is given again.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - body: Gets the events of an object.
    /// - Throws: ``ObjectStoreError``, ``ConfigurationProblem`` where one is damaged, or what `body` throws.
    func forEach(of model: String, _ body: ([EventLine]) throws -> Void) async throws {
        for _ in 0..<Self.tries {
            if try await hasRead(model, body) { return }
        }
        throw ObjectStoreError(
            "\(objects.place(of: model)) cannot be read: its objects are put together again and again meanwhile; try later",
            isOutage: true
        )
    }

    private static let tries = 5
    /// Objects that are fetched at the same time.
    private static let width = 8

    /// - Returns: Whether each object was there.
    private func hasRead(_ model: String, _ body: ([EventLine]) throws -> Void) async throws -> Bool {
        let all = try await objects.events(of: model)
        let deletions = try await objects.deletions().deletions
        return try await withThrowingTaskGroup(of: (place: Int, data: Data?).self) { group in
            var (begun, next) = (0, 0)
            var waiting: [Int: Data] = [:]
            func begin() {
                guard begun < all.count else { return }
                let (place, key) = (begun, all[begun].key)
                begun += 1
                group.addTask { [objects] in
                    guard case .contents(let data, _) = try await objects.get(key, unless: nil) else {
                        return (place, nil)
                    }
                    return (place, data)
                }
            }
            for _ in 0..<Self.width { begin() }
            while next < all.count {
                guard let read = try await group.next() else { preconditionFailure("each object is fetched") }
                guard let data = read.data else {
                    group.cancelAll()
                    return false
                }
                waiting[read.place] = data
                while let data = waiting.removeValue(forKey: next) {
                    let lines = try EventLine.unpacked(data, at: objects.place(of: all[next].key))
                    try body(lines.filter { !deletions.name($0) })
                    next += 1
                    begin()
                }
            }
            return true
        }
    }
}
