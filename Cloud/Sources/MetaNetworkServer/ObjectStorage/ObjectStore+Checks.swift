import Foundation

/// What is tried before anything depends on it.
extension ObjectStore {
    /// Whether writes are refused whose condition does not hold.
    ///
    /// - Parameter key: A key that nobody has, for an object that is left there.
    /// - Throws: ``ObjectStoreError``.
    func honoursConditions(_ key: String) async throws -> Bool {
        guard try await put(key, Data("1".utf8), if: .absent) != nil else {
            throw ObjectStoreError(
                "\(place(of: key)) cannot be written: the store says that it is there already; use one that honours If-None-Match"
            )
        }
        for condition in [ObjectCondition.absent, .matches(Self.nothing)] {
            // Other contents: what a write that is tried again finds as it was to become, it takes for its own.
            if try await put(key, Data("2".utf8), if: condition) != nil { return false }
        }
        return true
    }

    /// Tries whatever takes a right: to remove, list, read and write objects; and that conditions of writes hold. It leaves nothing.
    ///
    /// - Throws: ``ObjectStoreError`` that names the rights that are missing, and how to give them: all of them where it may list.
    func checkRights() async throws {
        let key = ".probe-\(UUID().uuidString)"
        // Before anything is written: what could not be removed would stay. The write replaces what is not there, and so does nothing.
        var refusals: [ObjectStoreError] = []
        try await note(&refusals) { try await delete(key) }
        // Who may not list is told nothing of what is not there: Amazon refuses to read it, and to replace it, whatever the other rights.
        if try await note(&refusals, { _ = try await list("", isDeep: false) }) {
            try await note(&refusals) { _ = try await get(key, unless: nil, upTo: ObjectBytes.record) }
            try await note(&refusals) { _ = try await put(key, Data("0".utf8), if: .matches(Self.nothing)) }
        }
        guard refusals.isEmpty else {
            throw ObjectStoreError(refusals.map(\.description).joined(separator: "; "), isRefusal: true)
        }
        try await checkWrites(key)
    }

    private func checkWrites(_ key: String) async throws {
        let isWhole: Bool
        do {
            let honours = try await honoursConditions(key)
            isWhole = try await replaces(key) && honours
        } catch {
            try? await delete(key)
            throw error
        }
        try await delete(key)
        guard isWhole else {
            throw ObjectStoreError(
                "\(place(of: "")): this store does not keep to the conditions of writes (If-None-Match and If-Match), so those who write would "
                    + "lose each other's objects; use one that does"
            )
        }
    }

    /// Whether what is there can be read, and replaced by whoever has read it.
    private func replaces(_ key: String) async throws -> Bool {
        guard case .contents(Data("1".utf8), let tag) = try await get(key, unless: nil, upTo: ObjectBytes.record) else {
            return false
        }
        return try await put(key, Data("3".utf8), if: .matches(tag)) != nil
    }

    /// Does something, and keeps why the keys may not.
    ///
    /// - Returns: Whether they may.
    @discardableResult
    private func note(_ refusals: inout [ObjectStoreError], _ body: () async throws -> Void) async throws -> Bool {
        do {
            try await body()
            return true
        } catch let error as ObjectStoreError where error.isRefusal {
            refusals.append(error)
            return false
        }
    }

    /// The tag of nothing that is there.
    private static var nothing: ObjectTag { ObjectTag(text: "\"\(String(repeating: "0", count: 32))\"") }
}
