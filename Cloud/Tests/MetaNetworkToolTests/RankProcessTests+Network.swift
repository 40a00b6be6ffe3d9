import Foundation
import Testing

/// Two machines with a cable between them, as network namespaces of this one.
private struct TwoMachines {
    static let addresses = ["10.77.0.1", "10.77.0.2"]
    /// Only root makes namespaces, and only Linux has them.
    static let canBeMade = geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/sbin/ip")

    private let names = (0..<2).map { "metanetwork-\(ProcessInfo.processInfo.processIdentifier)-\($0)" }
    private let ends = ["cable0", "cable1"]

    init() throws {
        for name in names { try Self.ip(["netns", "add", name]) }
        let other = ["peer", "name", ends[1], "netns", names[1]]
        try Self.ip(["-n", names[0], "link", "add", ends[0], "type", "veth"] + other)
        for (index, name) in names.enumerated() {
            try Self.ip(["-n", name, "address", "add", "\(Self.addresses[index])/24", "dev", ends[index]])
            for link in ["lo", ends[index]] { try Self.ip(["-n", name, "link", "set", link, "up"]) }
        }
    }

    /// What starts a command on a machine.
    func starter(_ machine: Int) -> [String] { ["/sbin/ip", "netns", "exec", names[machine]] }

    func cut() throws { try Self.ip(["-n", names[1], "link", "set", ends[1], "down"]) }

    func remove() { for name in names { try? Self.ip(["netns", "delete", name]) } }

    private static func ip(_ words: [String]) throws {
        let process = try Process.run(URL(fileURLWithPath: "/sbin/ip"), arguments: words)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "ip \(words.joined(separator: " ")) failed")
    }
}

extension RankProcessTests {
    @Test(
        "finds the other machine though names lead to loopback, and ends on both where the cable is cut",
        .enabled(if: TwoMachines.canBeMade, "needs root on Linux, and ip of Debian's iproute2 (make packages)")
    )
    func cut() throws {
        let machines = try TwoMachines()
        defer { machines.remove() }
        let ranks = try launch(
            2,
            environment: ["MASTER_ADDR": TwoMachines.addresses[0]],
            by: machines.starter
        ) { _ in
            small + ["--data", "log.csv", "--epochs", "100000", "--out", "cut/films", "--rank-timeout", "3"]
        }
        try wait(ranks[0], until: "cut", hasMoreThan: 0)
        try machines.cut()
        let start = ContinuousClock.now
        for (rank, one) in ranks.enumerated() {
            let (status, text) = one.end()
            #expect(status == 75 && text.contains("Timed out waiting 3000ms"), "\(text)")
            #expect(text.contains("rank \(rank) lost rank \(1 - rank) (\(TwoMachines.addresses[1 - rank]))"), "\(text)")
        }
        #expect(ContinuousClock.now - start < .seconds(30))
        let last = "\(try epochs("cut") + 1)"
        let resumed = try version(1, "cut", ["--epochs", last, "--resume"])
        #expect(try resumed == version(1, "whole", ["--pieces", "2", "--epochs", last]))
    }
}
