import Foundation
import MetaNetwork
import MetaNetworkData
import Testing
import Torch

@testable import MetaNetworkFederated

@Suite("Who has which examples")
struct PartitionTests {
    private let labels = (0..<600).map { ($0 * 7) % 6 }

    private func shards(_ text: String, devices: Int = 20, seed: UInt64 = 1) throws -> [[Int32]] {
        try Partition(text).shards(of: labels, classCount: 6, devices: devices, seed: seed)
    }

    private func classes(_ shard: [Int32]) -> Set<Int> { Set(shard.map { labels[Int($0)] }) }

    @Test(
        "no example is dealt twice, and the same seed deals the same",
        arguments: [
            "iid", "dirichlet-classes-0.3", "dirichlet-devices-0.3", "dirichlet-exhaustion-0.3", "shards-2",
            "classes-2",
        ]
    )
    func whole(text: String) throws {
        let shards = try shards(text)
        let all = shards.flatMap { $0 }
        #expect(shards.count == 20 && all.count == 600 && Set(all).count == 600)
        #expect(try shards == self.shards(text))
        #expect(try shards != self.shards(text, seed: 2) || text == "classes-2")
    }

    @Test("each partition has its own mark: equal sizes, few classes, or shares that spread as α says")
    func marks() throws {
        #expect(try shards("iid").allSatisfy { $0.count == 30 && classes($0).count > 3 })
        #expect(try shards("shards-2").allSatisfy { $0.count == 30 && classes($0).count <= 3 })
        #expect(try shards("classes-2").allSatisfy { classes($0).count == 2 && (25...35).contains($0.count) })
        #expect(try shards("dirichlet-devices-0.1").allSatisfy { $0.count == 30 })
        let (wild, tame) = (try shards("dirichlet-classes-0.1"), try shards("dirichlet-classes-1000"))
        #expect(tame.allSatisfy { (24...36).contains($0.count) && classes($0).count == 6 })
        #expect(wild.contains { $0.count < 15 } && wild.contains { $0.count > 45 })
        func largest(_ shards: [[Int32]]) -> Double {
            let shares = shards.filter { !$0.isEmpty }.map { shard in
                Double((0..<6).map { label in shard.filter { labels[Int($0)] == label }.count }.max() ?? 0)
                    / Double(shard.count)
            }
            return shares.reduce(0, +) / Double(shares.count)
        }
        // In the mean over devices: of six classes the largest share of Dirichlet(0.1) is about 0.8, of Dirichlet(1000) a sixth.
        #expect(try largest(shards("dirichlet-devices-0.1")) > 0.6)
        #expect(try largest(shards("dirichlet-devices-1000")) < 0.35)
    }

    @Test("dealt until classes are used up, no device gets what is left, and sizes are those that were drawn first")
    func exhaustion() throws {
        /// The mean share of the largest class of some devices.
        func largest(_ shards: ArraySlice<[Int32]>) -> Double {
            let shares = shards.map { shard in
                Double((0..<6).map { label in shard.count { labels[Int($0)] == label } }.max() ?? 0)
                    / Double(shard.count)
            }
            return shares.reduce(0, +) / Double(shares.count)
        }
        var (first, last) = ((devices: 0.0, exhaustion: 0.0), (devices: 0.0, exhaustion: 0.0))
        for seed in 1...20 as ClosedRange<UInt64> {
            let devices = try shards("dirichlet-devices-0.1", devices: 30, seed: seed)
            let exhaustion = try shards("dirichlet-exhaustion-0.1", devices: 30, seed: seed)
            #expect(exhaustion.allSatisfy { $0.count == 20 })
            first.devices += largest(devices.prefix(10)) / 20
            first.exhaustion += largest(exhaustion.prefix(10)) / 20
            last.devices += largest(devices.suffix(3)) / 20
            last.exhaustion += largest(exhaustion.suffix(3)) / 20
        }
        // One after the other the first take what they like; here all get what is left at the same time.
        #expect(first.devices > first.exhaustion + 0.03 && abs(first.exhaustion - last.exhaustion) < 0.06)
        let spread = try shards("dirichlet-exhaustion-1-1").map(\.count)
        #expect(spread.reduce(0, +) <= 600 && spread.reduce(0, +) > 570)
        #expect(try #require(spread.max()) > 2 * (try #require(spread.min())) && spread.allSatisfy { $0 > 0 })
        for text in [
            "dirichlet-exhaustion", "dirichlet-exhaustion-0", "dirichlet-exhaustion-1-9", "dirichlet-exhaustion-1-1-1",
        ] {
            #expect(throws: FederatedError.self) { try Partition(text) }
        }
    }

    @Test("a table's devices have their own rows, or all of a group learn as one")
    func groups() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "table-\(UUID()).csv")
        defer { try? FileManager.default.removeItem(at: url) }
        let rows = (0..<80).map { "d\($0 % 4),p\($0 % 4 / 2),\($0),\($0 % 3 == 0 ? "x" : "y")" }
        try Data((["device,person,value,class"] + rows).joined(separator: "\n").utf8).write(to: url)
        let columns = FeatureTable.Columns(
            device: "device",
            targets: ["class"],
            time: nil,
            group: "person",
            features: []
        )
        let table = try FeatureTable(url, columns: columns, kind: .classification)
        let (own, joined) = (try FederatedData(table), try FederatedData(table, joinsGroups: true))
        #expect(own.shards.map(\.count) == [18, 18, 18, 18] && joined.shards.map(\.count) == [36, 36])
        #expect(own.digest != joined.digest && joined.description.contains("2 devices"))
    }

    @Test("what cannot be dealt is refused")
    func refusals() throws {
        for text in ["even", "dirichlet-0.3", "shards-0", "shards-x", "iid-3", "dirichlet-classes--1"] {
            #expect(throws: FederatedError.self) { try Partition(text) }
        }
        #expect(throws: FederatedError.self) { try shards("iid", devices: 601) }
        #expect(throws: FederatedError.self) { try shards("classes-7") }
        let error = #expect(throws: FederatedError.self) {
            try FederatedData(
                [[1], [2]],
                labels: [0, 0],
                test: ([[1]], [0]),
                classes: ["x", "y"],
                shards: [[0], [1]],
                description: ""
            )
        }
        #expect(error?.description.contains("class 'y'") == true)
    }

    @Test(
        "made-up devices are FedProx's: 60 features, 50 examples or more, and one labelling where nothing sets them apart"
    )
    func synthetic() throws {
        /// How often two devices' own labellings, each fitted by the device alone, agree on the others' examples.
        func agreement(_ conflict: Double) throws -> Double {
            let data = try SyntheticDevices(beta: 0, conflict: conflict, devices: 6).data(seed: 4)
            #expect(data.width == 60 && data.classes.count == 10 && data.shards.allSatisfy { $0.count >= 45 })
            let chain = DenseChain(sizes: [60, 10], activations: [.identity])
            let models = try data.shards.map { rows -> [Float] in
                var parameters = [Float](repeating: 0, count: chain.parameterCount)
                let batches = [[Int32]](repeating: rows, count: 200)
                _ = try chain.train(&parameters, on: data.training, batches: batches, rate: 0.2)
                return parameters
            }
            var (hits, count) = (0.0, 0.0)
            for (device, model) in models.enumerated() {
                for (other, rows) in data.shards.enumerated() where other != device {
                    let logits = try chain.logits(with: model, of: data.training, rows: rows).logits
                    hits += data.accuracy(of: logits, rows, .training) * Double(rows.count)
                    count += Double(rows.count)
                }
            }
            return hits / count
        }
        let (agreed, contradicted) = (try agreement(0), try agreement(1))
        #expect(agreed > 2 * contradicted, "\(agreed), \(contradicted)")
        let description = SyntheticDevices(beta: 1, conflict: 0.5)
        #expect(try description.data(seed: 1).digest != description.data(seed: 2).digest)
    }
}
