import Foundation
import MetaNetwork
import MetaNetworkClient
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkModels
import Testing

@Suite("What an app computes of a moment")
struct MomentAgreementTests {
    @Test("is what training reads")
    func agreement() throws {
        var random = SeededGenerator(seed: 3)
        // Before 1970 and behind the decimal point too, all within a user's few years or within a second.
        let times = (0..<2).map { user in
            (0..<50).map { _ in (Double(random.uniform()) - 0.3) * (user == 0 ? 2e9 : 1) }.sorted()
        }
        let lines = times.enumerated().flatMap { user, times in
            times.enumerated().map { "u\(user),i\($0.offset),\($0.element)\n" }
        }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv")
        try Data(("user,item,time\n" + lines.joined()).utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let data = try InteractionDataset(InteractionReader.read(url), kCore: 1, keepsMoments: true)
        let declared = try EventContexts.inputs(of: [.gap, .hour, .weekday], in: data).inputs
        let architecture = try #require(Architecture.shipped("bag")).reading(declared)
        let inputs = try ModelGraph(architecture, itemCount: data.itemCount).inputs
        let contexts = InteractionContexts(inputs, events: try EventContexts(data, inputs: inputs))
        for user in 0..<2 {
            for place in 0..<50 {
                let moment = Date(timeIntervalSince1970: times[user][place])
                var expected: [InputValue] = [.hour(of: moment), .weekday(of: moment)]
                if place > 0 {
                    let latest = Date(timeIntervalSince1970: times[user][place - 1])
                    expected.insert(.gap(since: latest, until: moment), at: 0)
                }
                let found = contexts.values(of: user, at: 50 * user + place).map { InputValue.values($0.values) }
                guard found.count == expected.count else {
                    Issue.record("there are \(found.count) values")
                    continue
                }
                for (one, other) in zip(found, expected) {
                    guard case .values(let own) = one, case .values(let app) = other else { continue }
                    #expect(zip(own, app).allSatisfy { abs($0 - $1) < 1e-6 }, "\(own) \(app)")
                }
            }
        }
    }
}
