import Foundation
import Testing

extension CommandTests {
    @Test("series are devices: what they forecast together runs as any bundle, and evaluates to what federate measured")
    func federatedSeries() throws {
        let lines = (0..<200).map { step in
            (0..<4).map { "\(sin(Double(step) / Double($0 + 2)))" }.joined(separator: ",")
        }
        let table = (["a,b,c,d"] + lines).joined(separator: "\n")
        try Data(table.utf8).write(to: folder.appendingPathComponent("waves.csv"))
        let shape = ["--data", "waves.csv", "--kind", "series", "--window", "8", "--horizon", "4"]
        let federate = ["federate"] + shape + ["--at-once", "2", "--rounds", "6", "--local-rate", "0.1"]
        let windows = ["--method", "fed-trend", "--synthesis-every", "2", "--synthesis-steps", "20"]
        let trend = try run(federate + windows + ["--out", "waves", "--json"])
        #expect(trend.status == 0 && trend.out.contains("\"clientMoved\""), "\(trend.error)")
        let evaluated = try run("evaluate", "waves", "--data", "waves.csv", "--task", "forecasting", "--json")
        func error(_ text: String, _ set: String) throws -> Double {
            let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            let methods = json?["methods"] as? [[String: Any]]
            let metrics = (methods?.first ?? json)?["metrics"] as? [String: [String: Any]]
            let value = try #require(metrics?[set]?["mse"])
            return try #require(value as? Double ?? (value as? [String: Any])?["mean"] as? Double)
        }
        let own = try error(trend.out, "test")
        #expect(abs(try error(evaluated.out, "devices") - own) < 1e-5, "\(evaluated.out)\(evaluated.error)")
        #expect(try error(evaluated.out, "last-value") > own)
        #expect(try run("publish", "waves", "--registry", "registry").status == 0)
        for (arguments, expected) in [
            (federate + ["--method", "alone", "--out", "none"], "no model that devices share"),
            (federate + ["--method", "last-season", "--season", "9"], "a season of 9 steps"),
            (federate + ["--method", "fed-trend", "--model", "mlp-4"], "--model linear"),
            (federate + ["--window", "180"], "the longest has 200 values"),
            (federate + ["--partition", "iid"], "series hold is their own"),
        ] {
            let refused = try run(arguments)
            #expect(refused.status == 2 && refused.error.contains(expected), "\(refused.error)")
        }
    }
}
