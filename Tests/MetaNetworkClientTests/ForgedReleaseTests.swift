import Crypto
import Foundation
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

/// Every way to give a device another model than its publisher said, at every place where it could come in. The table that this makes is
/// docs/refusals.md; `METANETWORK_WRITE_TABLES=1` writes it.
@Suite("Models that cannot be forged")
struct ForgedReleaseTests {
    /// A statement that no device must take, and a word of the reason.
    struct Forgery: Sendable {
        let kind: String
        let name: String
        let reason: String
        let make: @Sendable (Stage) throws -> String?
    }

    /// What a forger has to work with: statements 1 and 2 of the version that the device has, and all that was ever signed.
    struct Stage: Sendable {
        let bundle: TestBundle
        let other: TestBundle
        let publisher: FakePublisher
        /// The newest statement that the device has taken.
        let known: ReleaseStatement

        func next(_ change: (inout ReleaseStatement) -> Void = { _ in }) throws -> ReleaseStatement {
            try publisher.statement(of: bundle, after: known, issued: 1_100_000, change: change)
        }
    }

    static let forgeries: [Forgery] = [
        Forgery(kind: "forged", name: "no statement", reason: "it has no header MetaNetwork-Release") { _ in nil },
        Forgery(kind: "forged", name: "no statement but some text", reason: "is none") { _ in "version=1" },
        Forgery(kind: "forged", name: "a field twice", reason: "is none") { try $0.next().headerValue + "; counter=9" },
        Forgery(kind: "forged", name: "a byte of the signature changed", reason: "does not fit") { stage in
            var statement = try stage.next()
            var bytes = [UInt8](Data(base64Encoded: statement.signature) ?? Data())
            bytes[7] ^= 1
            statement.signature = Data(bytes).base64EncodedString()
            return statement.headerValue
        },
        Forgery(kind: "forged", name: "a later end behind the signature's back", reason: "does not fit") { stage in
            var statement = try stage.next()
            statement.expires += 1
            return statement.headerValue
        },
        Forgery(kind: "forged", name: "a higher counter behind the signature's back", reason: "does not fit") { stage in
            var statement = try stage.next()
            statement.counter += 1
            return statement.headerValue
        },
        Forgery(kind: "foreign", name: "a publisher whom the app does not pin", reason: "'p9' is not pinned") { stage in
            try FakePublisher("p9").statement(of: stage.bundle, after: stage.known).headerValue
        },
        Forgery(kind: "foreign", name: "another key under the publisher's name", reason: "does not fit") { stage in
            try FakePublisher("p1").statement(of: stage.bundle, after: stage.known).headerValue
        },
        Forgery(kind: "foreign", name: "another model of the publisher's", reason: "does not fit") { stage in
            try stage.next { $0.model = "songs" }.headerValue
        },
        Forgery(kind: "foreign", name: "another manifest of the publisher's", reason: "does not fit") { stage in
            try stage.publisher.statement(of: stage.other, after: stage.known).headerValue
        },
        Forgery(kind: "foreign", name: "another version in the same manifest", reason: "statement is of version") {
            stage in
            try stage.next { $0.version = stage.other.manifest.version }.headerValue
        },
        Forgery(kind: "replayed", name: "the statement before the device's last", reason: "it is played again") {
            stage in
            try stage.publisher.statement(of: stage.bundle).headerValue
        },
        Forgery(kind: "over-counted", name: "the same counter for another statement", reason: "was used twice") {
            stage in
            try stage.next { $0.counter = stage.known.counter }.headerValue
        },
        Forgery(kind: "over-counted", name: "a statement that does not follow the last", reason: "the log forks") {
            stage in
            try stage.next { $0.previous = String(repeating: "a", count: 64) }.headerValue
        },
        Forgery(kind: "over-counted", name: "a counter that no reader of JSON has", reason: "is none") { stage in
            try stage.next { $0.counter = ReleaseStatement.counterLimit + 1 }.headerValue
        },
        Forgery(kind: "stale", name: "a word that has ended", reason: "ended 1 hours ago") { stage in
            try stage.publisher.statement(of: stage.bundle, after: stage.known, issued: 1_000_000, expires: 1_096_000)
                .headerValue
        },
        Forgery(kind: "stale", name: "a word that ends before it begins", reason: "has to be signed anew") { stage in
            try stage.next { $0.expires = $0.issued }.headerValue
        },
        Forgery(kind: "stale", name: "a word from the day after tomorrow", reason: "set this device's clock") { stage in
            try stage.publisher.statement(of: stage.bundle, after: stage.known, issued: 1_300_000).headerValue
        },
    ]

    /// Where a statement comes in.
    enum Place: String, CaseIterable {
        /// With the manifest of another version (200).
        case manifest = "another version"
        /// With the word that the version in use is the current one (304).
        case unchanged = "the version in use is current"
        /// From the device's disk at the next launch.
        case disk = "the disk at launch"

        /// A statement that was good once is good offline: what is on the disk is checked for its key and bytes alone.
        func refuses(_ forgery: Forgery) -> Bool {
            self != .disk || !["replayed", "over-counted", "stale"].contains(forgery.kind)
                || forgery.reason == "is none"
        }
    }

    /// What a device says to a forgery; `nil` where it takes it.
    private func refusal(_ forgery: Forgery, _ place: Place) async throws -> String? {
        let phone = try Phone()
        let publisher = FakePublisher()
        let trust = Trust.keys([try phone.service.publicKey], publishers: [try publisher.pinned])
        let first = try publisher.statement(of: phone.bundle)
        let known = try publisher.statement(of: phone.bundle, after: first, issued: 1_050_000)
        let fresh = try TestBundle(seed: 2)
        await phone.service.pass(on: known)
        let model = try await phone.open { $0.trust = trust }
        let version = await model.version
        phone.time.advance(100_000)
        let isOther = place == .manifest
        let stage = Stage(
            bundle: isOther ? fresh : phone.bundle,
            other: isOther ? phone.bundle : fresh,
            publisher: publisher,
            known: known
        )
        let header = try forgery.make(stage)
        let digest = SHA256.hexadecimal(of: phone.bundle.contents.manifest)
        let source = BaseSource(
            model: TestBundle.model,
            folder: ModelFolder(directory: phone.folder, model: TestBundle.model, limits: Limits()),
            service: await model.service,
            trust: trust,
            limits: Limits(),
            bundle: nil,
            time: phone.time
        )
        var notices: [ClientError] = []
        do {
            if place == .disk {
                let file = phone.modelFolder.appendingPathComponent("bases/\(digest)/release")
                try FileManager.default.removeItem(at: file)
                if let header { try Data(header.utf8).write(to: file) }
                await phone.goOffline()
                _ = try await source.open(&notices) { _ in }
            } else {
                if isOther { await phone.service.serve(fresh) }
                await phone.service.pass(onHeader: header)
                _ = try await source.update(from: digest, version: version, &notices) { _ in }
            }
            return nil
        } catch {
            if place == .disk { return notices.map(\.description).joined(separator: "; ") }
            // What was in use stays in use, at the next launch too.
            await phone.goOffline()
            #expect(try await phone.open { $0.trust = trust }.version == version, "\(forgery.name)")
            return "\(error)"
        }
    }

    @Test("each is refused wherever it could come in, with its reason, and what was in use stays in use")
    func table() async throws {
        var rows = ["| what comes | " + Place.allCases.map(\.rawValue).joined(separator: " | ") + " |"]
        rows.append("| --- |" + Place.allCases.map { _ in " --- |" }.joined())
        for forgery in Self.forgeries {
            var cells: [String] = []
            for place in Place.allCases {
                let refusal = try await refusal(forgery, place)
                #expect((refusal != nil) == place.refuses(forgery), "\(forgery.name), \(place.rawValue)")
                if let refusal {
                    #expect(refusal.contains(forgery.reason), "\(forgery.name), \(place.rawValue): \(refusal)")
                }
                cells.append(refusal == nil ? "kept: it was good once" : "refused")
            }
            rows.append("| \(forgery.kind): \(forgery.name) | \(cells.joined(separator: " | ")) |")
        }
        try DocumentTable(file: "docs/refusals.md", name: "models").check(rows)
    }
}
