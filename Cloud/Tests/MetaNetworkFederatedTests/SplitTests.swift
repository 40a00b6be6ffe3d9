import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkPNG
import Testing
import Torch

@testable import MetaNetworkFederated

@Suite("Discriminators in parts")
struct SplitTests {
    @Test("with 64 channels parts are those of the notebook, and cuts carry its values")
    func notebook() {
        let networks = ImageNetworks(.convolutional, height: 28, width: 28, channels: 64, dropout: 0.3)
        #expect(networks.sizes == [1_664, 204_928, 823_553])
        #expect(networks.cuts == [14 * 14 * 64, 7 * 7 * 128])
        // 7 · 7 · 256 · 100 of the dense layer, two of each value that is normalized, and three transposed convolutions.
        let generator = networks.generator.reduce(0) { $0 + $1.parameterCount }
        #expect(generator == 12_544 * 102 + 25 * 256 * 128 + 256 + 25 * 128 * 64 + 128 + 25 * 64)
        let dense = ImageNetworks(.dense, height: 8, width: 8, channels: 16, dropout: 0)
        #expect(dense.sizes == [64 * 65, 65 * 32, 33] && dense.cuts == [64, 32])
        // Activations and gradients of 512 real and 256 generated images, and 256 gradients more: 38.5 MB forward.
        let bytes = SplitClock.bytes(12_544, SplitClock.Batch(real: 512, fakes: 256))
        #expect(bytes == 2 * 38_535_168 + 256 * 12_544 * 4)
    }

    // MARK: Exactness

    /// A federation with the script's weights.
    private static func federation(
        _ kind: SplitPlan.Kind,
        side: Int,
        clients: Int,
        placement: [Int],
        rate: Double
    ) throws -> SplitFederation {
        let networks = ImageNetworks(kind, height: side, width: side, channels: 1, dropout: 0)
        let federation = try SplitFederation(
            networks,
            placements: (0..<clients).map { ($0, placement) },
            rate: rate,
            Sources(seed: 1)
        )
        let count = try federation.generator.values().count
        try federation.generator.assign(SplitFixture.made(count, 0, scale: 0.3))
        for client in federation.clients {
            for (part, size) in networks.sizes.enumerated() {
                try client.parts[part].assign(SplitFixture.made(size, 1 + part, scale: 0.3))
            }
        }
        return federation
    }

    @Test(
        "three steps of two clients in parts on three devices are those of whole networks by autograd",
        arguments: [(SplitPlan.Kind.dense, 2), (.convolutional, 6)]
    )
    func reference(kind: SplitPlan.Kind, side: Int) throws {
        let fixture = try SplitFixture.read()
        let expected = kind == .dense ? fixture.dense : fixture.convolutional
        let federation = try Self.federation(
            kind,
            side: side,
            clients: expected.clients,
            placement: [0, 1, 2],
            rate: fixture.rate
        )
        var exchange = StepExchange()
        for (number, losses) in expected.losses.enumerated() {
            let step = SplitFederation.Step(
                number: number,
                latent: try SplitFixture.made([expected.fakes, ImageNetworks.latent], 10 + number),
                real: try (0..<expected.clients).map {
                    try SplitFixture.made([expected.real, side * side], 20 + 5 * number + $0)
                }
            )
            let found = try federation.gradients(step, &exchange)
            #expect(abs(found.own - losses[0]) < 1e-5 && abs(found.generator - losses[1]) < 1e-5, "step \(number)")
            #expect(try federation.takeStep())
        }
        for (client, parts) in zip(federation.clients, expected.parts) {
            for (part, values) in zip(client.parts, parts) {
                let own = try part.values()
                #expect(own.count == values.count && zip(own, values).allSatisfy { abs($0 - $1) < 2e-5 })
            }
        }
        let latent = try SplitFixture.made([expected.fakes, ImageNetworks.latent], 99)
        let images = try federation.generator(latent, .learning { _ in 0 }).floats()
        #expect(
            zip(images, expected.images).allSatisfy { abs($0 - $1) < 2e-5 } && images.count == expected.images.count
        )
    }

    /// Images of two classes, each a bright half with a shade of its own.
    static func images(_ count: Int = 60, side: Int = 6, clients: Int, seed: UInt64 = 1) throws -> SplitImages {
        var random = SeededGenerator(seed: 5)
        let rows = (0..<count).map { number -> String in
            let pixels = (0..<side * side).map { pixel -> String in
                let isBright = (pixel % side < side / 2) == (number % 2 == 0)
                return "\((isBright ? 180 : 20) + random.index(below: 60))"
            }
            return (pixels + ["\(number % 2)"]).joined(separator: ",")
        }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(rows.joined(separator: "\n").utf8).write(to: file)
        return try SplitImages(ImageSet(contentsOf: file), .iid, clients: clients, seed: seed)
    }

    static func run(
        _ data: SplitImages,
        seed: UInt64 = 3,
        _ change: (inout FederatedPlan, inout SplitPlan) -> Void = { _, _ in }
    ) throws -> SplitResult {
        var (plan, split) = (FederatedPlan(), SplitPlan())
        (plan.method, plan.models, plan.epochs, plan.batch, plan.rate) = (.splitGAN, 2, 1, 4, 0.001)
        (split.clients, split.fakes, split.channels) = (data.examples.shards.count, 6, 2)
        change(&plan, &split)
        return try plan.run(data, split, seed: seed)
    }

    @Test(
        "over 20 steps gradients of split discriminators are those of unsplit ones to 1e-5, alone and with 5 clients",
        arguments: [(1, SplitPlan.Kind.dense), (1, .convolutional), (5, .dense), (5, .convolutional)]
    )
    func exact(clients: Int, kind: SplitPlan.Kind) throws {
        // 50 or 10 images each, so 13 or 3 steps a round.
        let result = try Self.run(try Self.images(56, clients: clients)) { plan, split in
            plan.models = clients == 1 ? 2 : 7
            (split.kind, split.placing, split.dropout, split.hasTwin) = (kind, .onePartEach, 0, true)
        }
        #expect(result.last.steps >= 20 && result.clients.allSatisfy { $0.devices == [0, 1, 2] })
        #expect(try #require(result.twinDifference) < 1e-5)
        #expect(result.last.bytesBetween > 0)
    }

    @Test("dropout, too, is the same in parts as whole; and another run of discriminators is seen to differ")
    func withDropout() throws {
        let data = try Self.images(clients: 2)
        let split = try Self.run(data) { $1.placing = .onePartEach }
        let whole = try Self.run(data) { $1.isUnsplit = true }
        #expect(
            zip(split.images, whole.images).allSatisfy { pair in
                zip(pair.0.pixels, pair.1.pixels).allSatisfy { abs($0 - $1) < 1e-5 }
            }
        )
        #expect(whole.last.bytesBetween == 0 && split.last.bytesBetween > 0)
        #expect(split.last.bytesUp == whole.last.bytesUp && split.last.bytesDown == whole.last.bytesDown)
        let other = try Self.run(data) { $1.dropout = 0 }
        #expect(
            zip(split.images, other.images).contains { pair in
                zip(pair.0.pixels, pair.1.pixels).contains { abs($0 - $1) > 1e-4 }
            }
        )
    }

    // MARK: Runs

    @Test("bytes are those of the messages, seconds those of the slowest client, and averaging takes its own")
    func counted() throws {
        // 27 images each, so 7 steps, the last of 3.
        let result = try Self.run(try Self.images(clients: 2)) { plan, split in
            (plan.speeds, plan.millisecondsPerExample) = ("1,2,3,4,5,6", 30)
            (plan.uplink, plan.downlink, plan.latency) = (1, 2, 0.01)
            (split.placing, split.between) = (.onePartEach, 4)
        }
        let (steps, sizes) = (14, result.partParameters)
        let networks = ImageNetworks(.dense, height: 6, width: 6, channels: 2, dropout: 0)
        #expect(result.last.steps == steps && sizes == networks.sizes)
        let images = steps * 2 * 6 * 36 * 4
        let averaging = 2 * 2 * 4 * sizes.reduce(0, +)
        #expect(result.last.bytesUp == images + averaging && result.last.bytesDown == images + averaging)
        let cuts = networks.cuts.reduce(0, +)
        #expect(result.last.bytesBetween == 2 * 2 * (6 * 4 * cuts * (2 * 4 + 18) + 4 * cuts * (2 * 3 + 18)))
        // The second client's devices take 4, 5 and 6 times as long.
        let work = networks.works.map(Double.init)
        let share = zip(work, [4.0, 5, 6]).reduce(0) { $0 + $1.0 * $1.1 } / work.reduce(0, +)
        #expect(abs(result.spent.computing - 2 * 0.03 * share * (6 * (4 + 8) + 3 + 8)) < 1e-9)
        let between = 2 * (7 * 4 * 0.01 + 8 * Double(6 * 4 * cuts * 26 + 4 * cuts * 24) / 4e6)
        #expect(abs(result.spent.between - between) < 1e-9)
        let message = 8.0 * 6 * 36 * 4
        #expect(abs(result.spent.messages - 14 * (0.02 + message / 1e6 + message / 2e6)) < 1e-9)
        let parts = 32.0 * Double(sizes.reduce(0, +))
        #expect(abs(result.spent.averaging - 2 * (0.02 + parts / 1e6 + parts / 2e6)) < 1e-9)
        #expect(abs(result.last.seconds - result.spent.all) < 1e-12)
    }

    @Test("averaging makes clients' parts alike; without, and alone, they stay their own")
    func averaging() throws {
        let federation = try Self.federation(.dense, side: 2, clients: 2, placement: [0, 0, 1], rate: 0.01)
        var exchange = StepExchange()
        let step = SplitFederation.Step(
            number: 0,
            latent: try SplitFixture.made([4, ImageNetworks.latent], 1),
            real: try (0..<2).map { try SplitFixture.made([3, 4], 2 + $0) }
        )
        _ = try federation.gradients(step, &exchange)
        _ = try federation.takeStep()
        let before = try federation.clients.map { try $0.parts.flatMap { try $0.values() } }
        #expect(before[0] != before[1])
        let count = try federation.average(&exchange)
        let after = try federation.clients.map { try $0.parts.flatMap { try $0.values() } }
        #expect(after[0] == after[1] && count == after[0].count)
        #expect(zip(after[0], zip(before[0], before[1])).allSatisfy { abs($0 - ($1.0 + $1.1) / 2) < 1e-7 })
        let data = try Self.images(clients: 2)
        let alone = try Self.run(data) { $1.alone = 2 }
        #expect(alone.clients.map(\.number) == [2] && alone.spent.averaging == 0)
        let apart = try Self.run(data) { $1.averages = false }
        #expect(apart.images.map(\.label).count == alone.images.count && apart.last != alone.last)
    }

    @Test(
        "a generator learns: its images come nearer to real ones than before the first step, and the seed repeats them"
    )
    func learns() throws {
        let data = try Self.images(120, clients: 2)
        func run() throws -> SplitResult {
            try Self.run(data) { plan, split in
                (plan.models, plan.rate, plan.batch, split.fakes, split.channels) = (60, 0.002, 16, 16, 4)
            }
        }
        let (one, two) = (try run(), try run())
        #expect(one.last.quality.frechet < 0.5 * one.points[0].quality.frechet, "\(one.points[0]) \(one.last)")
        #expect(one.points == two.points && one.judgeAccuracy > 0.9 && one.floor.covered == 2)
        #expect(one.images.allSatisfy { $0.pixels.allSatisfy { 0...1 ~= $0 } && 0...1 ~= $0.label })
    }

    @Test("what cannot be is one message with its fix")
    func mistakes() throws {
        let data = try Self.images(clients: 2)
        func refused(_ words: String, _ change: (inout FederatedPlan, inout SplitPlan) -> Void) {
            let error = #expect(throws: FederatedError.self) { try Self.run(data, change) }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
        // 36 · 8 + 8, 8 · 4 + 4 and 4 + 1 parameters.
        refused("part A has 296 parameters, and the devices of client 1 have room for 200 at most") {
            $1.capacities = [200]
        }
        refused("do not fit together (A 296, B 36, C 5)") { ($1.capacities, $1.devices) = ([300], 1) }
        refused("one-part-each needs 3") { ($1.placing, $1.devices) = (.onePartEach, 2) }
        refused("there is no client 3 among 2") { $1.alone = 3 }
        refused("waits for all clients") { plan, _ in plan.stragglers = 0.5 }
        refused("leave out updates and simulated-seconds") { plan, _ in plan.seconds = 5 }
        refused("does not fit clip") { plan, _ in plan.clip = 1 }
        refused("lower --local-rate") { plan, _ in (plan.rate, plan.models) = (1e30, 20) }
        refused("are not known") { plan, _ in plan.speeds = "fast" }
        refused("no factor") { plan, _ in plan.speeds = "1,fast" }
        #expect(throws: FederatedError.self) { try Self.images(12, clients: 2) }
    }
}

extension SplitResult {
    fileprivate var last: SplitPoint { points[points.count - 1] }
}
