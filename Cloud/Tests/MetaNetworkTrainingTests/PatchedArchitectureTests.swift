import MetaNetwork
import Testing

@testable import MetaNetworkModels

@Suite("The base of a patched architecture")
struct PatchedArchitectureTests {
    private static let architecture = Architecture(
        name: "sensor",
        inputs: [.vector("x", width: 2)],
        nodes: [
            .init("hidden", .dense(units: 8, activation: .relu), "x"),
            .init("sum", .add, "hidden", "hidden"),
            .init("more", .dense(units: 8, activation: .tanh, dynamic: true), "sum"),
            .init("out", .dense(units: 2, dynamic: true), "more"),
        ],
        output: "out",
        sample: "hidden"
    )

    @Test(
        "is found again, with the layers that patches follow and their width, and makes the same architecture",
        arguments: [[], ["more"], ["more", "out"]]
    )
    func inverse(after: [String]) throws {
        let patched = try Self.architecture.personalized(as: .patch, rank: 3, after: after).architecture
        let (base, layers, width) = try patched.withoutPatches()
        #expect(layers == (after.isEmpty ? ["more", "out"] : after) && width == 3)
        #expect(base.nodes.map(\.name) == Self.architecture.nodes.map(\.name) && base.output == "out")
        #expect(try base.personalized(as: .patch, rank: 3, after: layers).architecture == patched)
    }

    @Test("is there for the shipped rankers")
    func shipped() throws {
        let options = Architecture.RankerOptions(width: 8, window: 5)
        for ranker in [Architecture.bag(options), .sasrec(options), .gru4rec(options), .din(options)] {
            let patched = try ranker.personalized(as: .patch, rank: 4).architecture
            #expect(try patched.withoutPatches().base.nodes.count == ranker.nodes.count, "\(ranker.name)")
        }
    }

    @Test("is refused where dynamic layers are no patches, and says what to do")
    func others() throws {
        let error = #expect(throws: ModelError.self) { try Self.architecture.withoutPatches() }
        #expect(error.map { "\($0)" }?.contains("--generator meta-patch") == true)
    }
}
