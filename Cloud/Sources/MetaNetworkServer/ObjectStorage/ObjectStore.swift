import Foundation

/// A place for named bytes that many machines reach, such as one that speaks S3.
///
/// There are no locks and no renames. Instead a write says what must be there before it: of two who saw the same object one writes, and
/// the other is told that it was late.
protocol ObjectStore: Sendable {
    /// Where an object is, or all of them, for people.
    func place(of key: String) -> String

    /// Reads an object.
    ///
    /// - Parameters:
    ///   - key: Its name, words with `/` between them.
    ///   - tag: The contents that the caller has, which are not sent again.
    ///   - limit: The most bytes that are read.
    /// - Throws: ``ObjectStoreError``, also where there are more bytes, or `CancellationError`.
    func get(_ key: String, unless tag: ObjectTag?, upTo limit: Int) async throws -> ObjectReading

    /// Reads an object into a file, piece by piece: the memory that it takes does not grow with it.
    ///
    /// - Parameters:
    ///   - key: Its name.
    ///   - url: The file; what is there is overwritten, and after an error it may be there in part.
    /// - Returns: Whether there is such an object.
    /// - Throws: ``ObjectStoreError``, also where the file cannot be written, or `CancellationError`.
    func fetch(_ key: String, to url: URL) async throws -> Bool

    /// Writes an object whole.
    ///
    /// - Parameters:
    ///   - key: Its name.
    ///   - data: Its contents, which may be a mapped file: they are sent piece by piece.
    ///   - condition: What must be there before.
    /// - Returns: The tag of what was written; `nil` where the condition does not hold, and nothing was changed.
    /// - Throws: ``ObjectStoreError``, or `CancellationError`; it may have been written all the same where no answer came.
    func put(_ key: String, _ data: Data, if condition: ObjectCondition) async throws -> ObjectTag?

    /// Lists what there is, page by page to the end.
    ///
    /// - Parameters:
    ///   - prefix: What keys begin with; empty or ending with `/`.
    ///   - isDeep: Whether objects in folders below are listed, and not only those folders.
    /// - Throws: ``ObjectStoreError``, or `CancellationError`.
    func list(_ prefix: String, isDeep: Bool) async throws -> ObjectListing

    /// Removes an object; one that is not there is gone already.
    ///
    /// - Throws: ``ObjectStoreError``, or `CancellationError`.
    func delete(_ key: String) async throws
}

extension ObjectStore {
    /// Reads an object that may be as large as any.
    func get(_ key: String, unless tag: ObjectTag?) async throws -> ObjectReading {
        try await get(key, unless: tag, upTo: ObjectBytes.file)
    }
}

/// The most bytes that are read or written at once.
enum ObjectBytes {
    /// Of a file: what S3 takes at once is 5 GiB, and one more than fit into a buffer of NIO are 4 GiB.
    static let file = (4 << 30) - 1
    /// Of what a registry keeps beside them: releases, what publishers and services say, manifests.
    static let record = 64 << 20
    /// Of what a store says by itself: a page of a listing, or what is wrong.
    static let answer = 8 << 20
}

/// Stands for the contents of an object, as an `ETag` does: other contents have another one.
struct ObjectTag: Sendable, Hashable {
    /// As the store wrote it, with its quotation marks.
    let text: String
}

/// What was found where an object was to be read.
enum ObjectReading: Sendable, Equatable {
    /// There is none.
    case absent
    /// It is what the caller has.
    case unchanged
    /// Its contents, and their tag.
    case contents(Data, ObjectTag)
}

/// What must be there before something is written.
enum ObjectCondition: Sendable, Equatable {
    /// No object.
    case absent
    /// An object with the contents of this tag.
    case matches(ObjectTag)
}

/// What a store has.
struct ObjectListing: Sendable, Equatable {
    /// An object.
    struct Entry: Sendable, Equatable {
        let key: String
        /// When it was written last, to the second as a rule.
        let modified: Date
        /// How many bytes it has; `nil` where the store does not say.
        var bytes: Int?
    }

    /// The objects, in the order of their keys.
    var objects: [Entry] = []
    /// The folders, each with the `/` at its end.
    var folders: [String] = []
}

/// Why a store of objects did not do what it was asked: what, where, and how to fix it.
package struct ObjectStoreError: Error, Sendable, CustomStringConvertible {
    /// One sentence, without secrets.
    package let description: String
    /// Whether it may go well later as it is: the store cannot be reached, or has too much to do.
    package let isOutage: Bool
    /// Whether the keys lack a right, which the description names.
    let isRefusal: Bool

    init(_ description: String, isOutage: Bool = false, isRefusal: Bool = false) {
        (self.description, self.isOutage, self.isRefusal) = (description, isOutage, isRefusal)
    }
}
