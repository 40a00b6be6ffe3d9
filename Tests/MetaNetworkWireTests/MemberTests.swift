import Foundation
import MetaNetwork
import MetaNetworkWire
import Testing

/// Messages and files with a value of its own, drawn by seed, in every stored property.
private struct Drawn {
    private var random = SeededGenerator(seed: 44)

    private mutating func number() -> Int { 2 + random.index(below: 1_000_000) }
    private mutating func share() -> Float { random.uniform() / 2 + 0.25 }
    private mutating func word() -> String { "word-\(number())" }

    mutating func proofs() -> [any Codable & Equatable] {
        let proof = DeviceProof(
            key: word(),
            challenge: word(),
            counter: number(),
            attestation: word(),
            signature: word()
        )
        let release = ReleaseStatement(
            model: word(),
            version: word(),
            manifest: word(),
            counter: number(),
            issued: number(),
            expires: number(),
            previous: word(),
            key: word(),
            signature: word()
        )
        return [
            release, DeviceChallenge(challenge: word(), expires: number()),
            DeviceTokenRequest(device: word(), proof: proof), DeviceToken(token: word(), expires: number()),
        ]
    }

    mutating func questions() -> [any Codable & Equatable] {
        let parameters = ParametersRequest(
            version: word(),
            samples: [word(), word()],
            embeddings: [[share(), share()], [share(), share()]],
            counts: [number(), number()],
            format: .int8,
            nonce: word()
        )
        let items = [RankingAnswer.Item(item: word(), score: share())]
        return [
            parameters, AnswerRequest(version: word(), input: [share(), share()], nonce: word()),
            CloudAnswer(model: word(), version: word(), cloudVersion: word(), nonce: word(), outputs: [share()]),
            RankingAnswer(model: word(), version: word(), weights: .guarded, items: items),
        ]
    }

    mutating func events() -> [any Codable & Equatable] {
        var event = SampleEvents.Event(id: word(), item: word(), time: number(), uncertainty: share())
        event.code = .init(version: word(), values: word())
        event.ranking = .init(version: word(), weights: .retired, rank: number())
        event.consent = .init(purpose: word(), version: word())
        let refusal = SampleEventsReceipt.Refusal(index: number(), reason: word())
        return [
            SampleEvents(events: [event]), EventDeletion(deleted: number()),
            SampleEventsReceipt(stored: number(), repeated: number(), refused: [refusal]),
        ]
    }

    mutating func turns() throws -> [any Codable & Equatable] {
        let turn = FederatedTurn(
            model: word(),
            nonce: word(),
            round: number(),
            rounds: number(),
            device: number(),
            seed: UInt64(number()),
            architecture: architecture(),
            outputs: .init(kind: .regression, names: [word()]),
            weights: .init(bytes: number(), sha256: word(), role: .basis),
            work: .init(
                epochs: number(),
                batch: number(),
                rate: Double(share()),
                pull: Double(share()),
                wantsGradient: true
            ),
            codec: try UpdateCodec(density: Double(share()), bits: 7, selection: .random),
            usesErrorFeedback: true,
            clipNorm: Double(share()),
            seconds: number()
        )
        let status = FederationStatus(
            model: word(),
            round: 9,
            rounds: 8,
            devices: number(),
            joined: number(),
            arrived: number(),
            missing: number()
        )
        return [
            turn, FederatedTurnRequest(examples: number(), nonce: word()), status,
            FederatedReceipt(round: number(), arrived: number()),
        ]
    }

    /// A description of every operation, which need not fit each other.
    private mutating func architecture() -> Architecture {
        var input = Architecture.Input(name: word(), kind: .image, length: number())
        (input.width, input.height, input.channels, input.tokens) = (number(), number(), number(), [word()])
        let operations: [Architecture.Operation] = [
            .embedding(.init(table: word(), width: number())),
            .dense(.init(units: number(), activation: .tanh, isDynamic: true)),
            .convolution(
                .init(filters: number(), kernel: 3, stride: 2, padding: .valid, activation: .tanh, isDynamic: true)
            ),
            .pooling(.init(kind: .average, size: number(), stride: number())),
            .layerNorm(.init(epsilon: Double(share()))),
            .attention(.init(heads: number())), .selfAttention(.init(heads: number())), .gru(.init(units: number())),
            .dropout(.init(rate: Double(share()))), .personal(.init(width: number())), .last,
        ]
        let nodes = operations.map { Architecture.Node(word(), $0, word()) }
        return Architecture(name: word(), inputs: [input], nodes: nodes, output: word(), sample: word())
    }

    /// In format 1, which has all members.
    mutating func files() -> [any Codable & Equatable] {
        let provenance = BundleProvenance(metrics: [word(): [word(): Double(share())]], training: [word(): word()])
        let manifest = BundleManifest(
            format: 1,
            name: word(),
            version: word(),
            architecture: architecture(),
            items: number(),
            outputs: .init(kind: .regression, names: [word()]),
            generator: .init(
                form: word(),
                window: number(),
                width: number(),
                rank: number(),
                helps: .init(samples: number(), seconds: number())
            ),
            files: [word(): .init(bytes: number(), sha256: word(), role: .device)],
            provenance: provenance
        )
        return [manifest, provenance, Architecture.OutputTable.free]
    }

    mutating func problem() -> Problem {
        Problem(
            type: word(),
            title: word(),
            status: number(),
            detail: word(),
            field: word(),
            fix: word(),
            currentVersion: word(),
            instance: word()
        )
    }
}

@Suite("What is written of messages and files")
struct MemberTests {
    @Test("is every stored property of every type that is written as JSON, under its name, and all of it is read")
    func whole() throws {
        var (drawn, comparison) = (Drawn(), MemberComparison())
        let messages = try drawn.proofs() + drawn.questions() + drawn.events() + drawn.turns() + drawn.files()
        for message in messages { try comparison.compare(message) }
        let problem = drawn.problem()
        let document = try JSONEncoder().encode(problem.document(.newest))
        try comparison.compare(problem, written: document, read: JSONDecoder().decode(Problem.self, from: document))
        #expect(comparison.failures == [])
        let declared = try Self.declared()
        #expect(declared.isSuperset(of: ["ReleaseStatement", "Consent", "Dense", "BundleManifest", "UpdateCodec"]))
        #expect(declared.subtracting(comparison.types) == [], "a type was added; draw one here")
    }

    @Test("shows where a member was forgotten, or called otherwise on both ways")
    func forgotten() throws {
        struct Forgetful: Codable, Equatable {
            var (one, two, three, four) = (1, 2, 3 as Int?, "")

            enum CodingKeys: String, CodingKey { case one = "two", two = "one", four }
        }
        struct Blind: Codable, Equatable {
            var (one, two) = (1, 2 as Int?)

            init() {}

            init(from decoder: any Decoder) throws {
                (one, two) = (try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .one), nil)
            }
        }
        var comparison = MemberComparison()
        try comparison.compare(Forgetful())
        try comparison.compare(Blind())
        #expect(
            comparison.failures == [
                "Forgetful.one is 1, written 2", "Forgetful.two is 2, written 1", "Forgetful.three is not written",
                "Forgetful.four is ", "Blind is read as another",
            ]
        )
    }

    /// The types of both modules that say in their sources that they are written as JSON.
    private static func declared() throws -> Set<String> {
        let sources = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../Sources").standardized
        let declaration = /(?:struct|enum|extension) ([\w.]+):[^{\n]*\b(?:Codable|Decodable|OperationPayload)\b/
        var types: Set<String> = []
        for module in ["MetaNetwork", "MetaNetworkWire"] {
            let folder = sources.appendingPathComponent(module)
            let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
            for case let file as URL in files where file.pathExtension == "swift" {
                for found in try String(contentsOf: file, encoding: .utf8).matches(of: declaration) {
                    types.insert(String(found.1.split(separator: ".").last ?? found.1))
                }
            }
        }
        return types
    }
}
