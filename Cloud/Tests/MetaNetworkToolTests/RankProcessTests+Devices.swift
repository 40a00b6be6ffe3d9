import Foundation
import MetaNetwork
import Testing

/// `federate` on several ranks.
extension RankProcessTests {
    private static let federation = [
        "federate", "--data", "synthetic", "--devices", "12", "--model", "linear", "--at-once", "6", "--local-epochs",
        "2", "--threads", "1",
    ]

    /// Expects how all end, and that none but the first reports.
    func expect(_ status: Int32, _ ranks: [Rank]) {
        for (rank, one) in ranks.enumerated() {
            let (found, text) = one.end()
            #expect(found == status, "rank \(rank): \(text)")
            #expect(rank == 0 || status != 0 || text.isEmpty, "rank \(rank) reports: \(text)")
        }
    }

    private func version(_ run: String) throws -> String {
        let manifest = try Data(contentsOf: folder.appendingPathComponent("\(run)/devices/manifest.json"))
        return try JSONDecoder().decode(BundleManifest.self, from: manifest).version
    }

    @Test("has devices learn to the same version on 1, 2 and 3 ranks, in rounds and as they apply")
    func federated() throws {
        for method in [["fedavg"], ["fedbuff", "--cache", "2", "--speeds", "pareto-1"]] {
            let versions = try [1, 2, 3].map { size in
                let run = "\(method[0])-\(size)"
                let arguments = Self.federation + ["--rounds", "6", "--out", "\(run)/devices", "--method"] + method
                expect(0, try launch(size) { _ in arguments })
                return try version(run)
            }
            #expect(Set(versions).count == 1, "\(versions)")
        }
    }

    @Test(
        "ends a simulation with 75 where a rank is killed, and goes on with fewer ranks to the version of a run that nobody disturbed"
    )
    func killedFederation() throws {
        let arguments =
            Self.federation
            + ["--method", "fedbuff", "--cache", "2", "--speeds", "pareto-1", "--rounds", "40", "--resume-if-there"]
        let ranks = try launch(3) { _ in arguments + ["--out", "broken/devices"] }
        let checkpoint = folder.appendingPathComponent("broken/devices.checkpoint")
        while !FileManager.default.fileExists(atPath: checkpoint.path), ranks[0].process.isRunning {
            Thread.sleep(forTimeInterval: 0.01)
        }
        kill(ranks[1].pid, SIGKILL)
        for rank in [0, 2] {
            let (status, text) = ranks[rank].end()
            #expect(status == 75 && text.contains("rank \(rank) lost "), "\(text)")
            #expect(text.contains("start all ranks again with --resume-if-there"), "\(text)")
        }
        expect(0, try launch(2) { _ in arguments + ["--out", "broken/devices"] })
        expect(0, try launch(1) { _ in arguments + ["--out", "whole/devices"] })
        #expect(try version("broken") == version("whole"))
    }

    @Test("refuses to simulate on ranks that differ, and what has no devices that learn by themselves")
    func refusedFederation() throws {
        for (options, message) in [
            (["--local-rate", "0.02"], "rank 1 has local-rate 0.02, and rank 0 has 0.01"),
            (["--seed", "2"], "rank 1 has seed 2, and rank 0 has 1"),
        ] {
            for one in try launch(2, { Self.federation + ["--rounds", "2"] + ($0 == 1 ? options : []) }) {
                let (status, text) = one.end()
                #expect(status == 2 && text.contains(message), "\(text)")
            }
        }
        for one in try launch(2, { _ in ["federate", "--data", "log.csv", "--method", "coded"] }) {
            let (status, text) = one.end()
            #expect(status == 2 && text.contains("'coded' has no devices that learn by themselves"), "\(text)")
        }
    }
}
