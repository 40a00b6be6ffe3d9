import Crypto
import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

/// Everything that is parsed from the network or the disk, against random damage: 13,760 inputs in a debug build, ten times as
/// many in a release build. Nothing may trap, and no input may take more memory than its limits allow.
@Suite("The client against random damage", .serialized)
struct FuzzTests {
    #if DEBUG
    private static let scale = 1
    #else
    private static let scale = 10
    #endif

    /// Peak memory of this process in bytes, where the system says.
    private var peakMemory: Int? {
        let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 << 10 }
    }

    /// Runs mutants and checks that the peak of memory stays where it was, but for what the limits allow.
    ///
    /// - Returns: How many were accepted.
    private func run(_ count: Int, seed: UInt64, bases: [Data], _ parse: (Data) throws -> Void) -> Int {
        var mutator = Mutator(seed: seed)
        var accepted = 0
        let before = peakMemory
        for _ in 0..<count * Self.scale {
            let mutant = mutator.mutant(of: bases)
            if (try? parse(mutant)) != nil { accepted += 1 }
        }
        if let before, let after = peakMemory { #expect(after - before < 192 << 20) }
        return accepted
    }

    private var limits: Limits {
        var limits = Limits()
        limits.memoryBytes = 16 << 20
        return limits
    }

    @Test("Manifests: 2,000 as they come, 2,000 that are signed and whose digests fit")
    func manifests() throws {
        let bundle = try TestBundle()
        let bases = [bundle.contents.manifest, try TestBundle(hasGenerator: false).contents.manifest]
        let check = ManifestCheck(model: TestBundle.model, limits: limits)
        let plain = run(2_000, seed: 1, bases: bases) { _ = try check.manifest(in: $0) }
        #expect(plain < 2_000 * Self.scale)
        // Mutants of the architecture alone, in a manifest that is in order: these reach the compiler of the model.
        let architecture = try JSONEncoder().encode(bundle.manifest.architecture)
        let accepted = run(2_000, seed: 2, bases: [architecture]) { data in
            var manifest = bundle.manifest
            manifest.architecture = try JSONDecoder().decode(Architecture.self, from: data)
            let contents = BundleContents(
                manifest: try TestBundle.sealed(manifest).bytes,
                device: bundle.contents.device,
                vocabulary: bundle.contents.vocabulary
            )
            var base = try BaseModel(contents, model: TestBundle.model, limits: limits)
            _ = base.device.topItems(3, history: [1, 2], excluding: [])
        }
        #expect(accepted > 0)
    }

    @Test("Static weights and vocabularies: 600 whose digests fit")
    func files() throws {
        let bundle = try TestBundle()
        func base(_ device: Data, _ vocabulary: Data) throws {
            var manifest = bundle.manifest
            for (file, data) in [(BundleFile.device, device), (.vocabulary, vocabulary)] {
                manifest.files[file.name] = .init(bytes: data.count, sha256: SHA256.hexadecimal(of: data))
            }
            let contents = BundleContents(
                manifest: try TestBundle.sealed(manifest).bytes,
                device: device,
                vocabulary: vocabulary
            )
            _ = try BaseModel(contents, model: TestBundle.model, limits: limits)
        }
        _ = run(300, seed: 3, bases: [bundle.contents.device]) { try base($0, bundle.contents.vocabulary) }
        let renamed = run(300, seed: 4, bases: [bundle.contents.vocabulary]) { try base(bundle.contents.device, $0) }
        #expect(renamed > 0)
    }

    @Test("Personal weights: 4,000 with signatures that are not looked at, 500 whose signature is")
    func parameters() throws {
        let bundle = try TestBundle()
        let base = try BaseModel(bundle.contents, model: TestBundle.model, limits: limits)
        let key = Curve25519.Signing.PrivateKey()
        let pinned = try PinnedKey(id: "k1", base64: key.publicKey.rawRepresentation.base64EncodedString())
        let metadata = ParametersMetadata(
            model: TestBundle.model,
            version: bundle.manifest.version,
            nonce: "n",
            samples: 1,
            generated: 1,
            expires: 2
        )
        let bodies = try PayloadFormat.allCases.map {
            Data(
                try SafeTensors.encode(
                    try bundle.personalWeights(1),
                    metadata: metadata.strings,
                    as: $0.elementType
                )
            )
        }
        func check(_ trust: Trust) -> ParametersCheck {
            ParametersCheck(
                trust: trust,
                model: TestBundle.model,
                version: bundle.manifest.version,
                graph: base.device.graph,
                globalNorms: base.globalNorms,
                normBound: 10,
                limit: 1 << 16
            )
        }
        let unsigned = run(4_000, seed: 5, bases: bodies) {
            let (weights, _) = try check(.unsigned).weights(in: $0, signature: nil, nonce: "n")
            for name in weights.names { #expect(weights[name]?.values.allSatisfy(\.isFinite) == true) }
        }
        #expect(unsigned > 0)
        let signatures = try WireLabel.allCases.flatMap { label in
            try bodies.map { try key.sign($0, .parameters, label) }
        }
        let signed = run(500, seed: 6, bases: bodies) {
            for signature in signatures {
                _ = try check(.keys([pinned], publishers: [])).weights(in: $0, signature: signature, nonce: "n")
            }
        }
        #expect(signed == 0)
    }

    @Test("Headers: 3,000 signatures and waits")
    func headers() throws {
        let key = Curve25519.Signing.PrivateKey()
        let pinned = try PinnedKey(id: "k1", base64: key.publicKey.rawRepresentation.base64EncodedString())
        let body = Data("body".utf8)
        func bytes(_ signature: ResponseSignature) -> Data? { Data(base64Encoded: signature.base64) }
        let headers = try WireLabel.allCases.map { Data(try key.sign(body, .manifest, $0).utf8) }
        let honest = headers.compactMap { ResponseSignature(String(decoding: $0, as: UTF8.self)) }
        let forged = run(1_500, seed: 7, bases: headers) { mutant in
            let text = String(decoding: mutant, as: UTF8.self)
            // The signature itself, or its bytes in other base64, is no forgery.
            if let same = ResponseSignature(text),
                honest.contains(where: { $0.label == same.label && $0.keyID == same.keyID && bytes($0) == bytes(same) })
            {
                throw CancellationError()
            }
            try Trust.keys([pinned], publishers: []).check(body, text, as: .manifest)
        }
        #expect(forged == 0)
        let waits = ["120", "Sun, 06 Nov 1994 08:49:37 GMT"].map { Data($0.utf8) }
        _ = run(1_500, seed: 8, bases: waits) { mutant in
            guard let wait = RetryAfter.seconds(String(decoding: mutant, as: UTF8.self), now: .max) else { return }
            #expect((0...86_400).contains(wait))
        }
    }

    @Test("Headers: 1,500 statements of publishers, of which none but the honest one is taken")
    func statements() throws {
        let (publisher, bundle) = (FakePublisher(), try TestBundle())
        let honest = try publisher.statement(of: bundle)
        let check = ReleaseCheck(publishers: [try publisher.pinned], model: TestBundle.model)
        let forged = run(1_500, seed: 17, bases: [Data(honest.headerValue.utf8)]) { mutant in
            let text = String(decoding: mutant, as: UTF8.self)
            let taken = try check.statement(text, of: honest.manifest, after: nil, now: 1_000_000)
            // The same bytes in other base64 are no forgery.
            if taken.message == honest.message { throw CancellationError() }
        }
        #expect(forged == 0)
    }

    @Test("Files of the device: 1,600 sets of weights, logs of samples and notes")
    func stateFiles() async throws {
        let phone = try Phone()
        let model = try await phone.open { $0.sharesSamples = true }
        for number in 1...3 { await model.record("film \(number)") }
        try await model.refresh()
        let limits = limits
        let folder = ModelFolder(directory: phone.folder, model: TestBundle.model, limits: limits)
        let set = try Data(contentsOf: folder.personal.appendingPathComponent("1"))
        _ = run(1_000, seed: 9, bases: [set.dropFirst(65), set].map { Data($0) }) { _ = StoredParameters($0) }
        let log = try Data(contentsOf: folder.samples.url)
        let read = run(300, seed: 10, bases: [log]) {
            try $0.write(to: folder.samples.url)
            let (samples, _) = try folder.samples.read()
            #expect(samples.allSatisfy { !$0.item.isEmpty })
        }
        #expect(read == 300 * Self.scale)
        let note = folder.root.appendingPathComponent("current")
        let current = try Data(contentsOf: note)
        _ = run(300, seed: 11, bases: [current]) {
            try $0.write(to: note)
            _ = try folder.currentBase()
        }
    }

    @Test("Whole folders: 60 openings of a device whose files were damaged")
    func folders() async throws {
        let phone = try Phone()
        let first = try await phone.open { $0.sharesSamples = true }
        for number in 1...3 { await first.record("film \(number)") }
        try await first.refresh()
        let expected = await first.scores()
        var mutator = Mutator(seed: 12)
        var files: [(URL, Data)] = []
        let found = FileManager.default.enumerator(at: phone.modelFolder, includingPropertiesForKeys: nil)
        while let url = found?.nextObject() as? URL {
            if let data = try? Data(contentsOf: url) { files.append((url, data)) }
        }
        for round in 0..<60 * Self.scale {
            let (url, data) = files[round % files.count]
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try mutator.mutant(of: [data]).write(to: url)
            let model = try await phone.open { $0.limits = limits }
            #expect(await model.topItems(.max).count == expected.count)
            await model.waitUntilIdle()
            for (url, data) in files {
                try? FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
                try data.write(to: url)
            }
        }
    }
}
