/// Which of several processes this one is, and where they meet, as the program that started them says in the environment.
public struct RankPlace: Sendable, Equatable {
    /// Number of this process, from 0.
    public let rank: Int
    /// Number of processes.
    public let size: Int
    /// Processes on this machine.
    public let localSize: Int
    /// Number of this process among those of this machine, from 0.
    public let localRank: Int
    /// Where they meet: a machine's name or address.
    public let host: String
    /// The port there.
    public let port: Int
    /// Whether the meeting point is in this process.
    public let serves: Bool
    /// What the names of all that is kept at the meeting point begin with.
    public let prefix: String
    /// The network interface to use; `nil` for the one that leads to the host.
    public let interface: String?

    /// Names of the variables by which a launcher says that it started a process.
    public static let signs = Set(RankLauncher.allCases.flatMap(\.signs))

    /// Reads the environment of torchrun, Kubeflow's trainer, Open MPI or Slurm, in this order.
    ///
    /// Open MPI comes before Slurm, whose variables of the batch script, of rank 0, every process of an `mpirun` within it has.
    ///
    /// - Parameter environment: Names and values; an empty value is none.
    /// - Returns: `nil` where this process is alone.
    /// - Throws: ``RankError/badPlace(_:)``, which names what is missing or wrong.
    public init?(environment: [String: String]) throws(RankError) {
        let given = RankVariables(environment)
        guard let launcher = RankLauncher.allCases.first(where: { given.has($0.signs) }) else { return nil }
        rank = try given.number(launcher.rank, in: 0...Int(Int32.max), launcher)
        size = try given.number(launcher.size(given), in: 1...Int(Int32.max), launcher)
        guard rank < size else {
            throw .badPlace("\(launcher.rank) is \(rank), but \(launcher.size(given)) is \(size): ranks count from 0")
        }
        guard size > 1 else { return nil }
        localSize = min(size, launcher.localSize(given))
        localRank = try launcher.localRank(given)
        (host, port) = (try launcher.host(given), try launcher.port(given))
        // Then torchrun's agent serves, to one attempt after the other.
        let isServedByAgent = given["TORCHELASTIC_USE_AGENT_STORE"] == "True"
        serves = rank == 0 && !isServedByAgent
        let attempt = ["TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT"].compactMap { given[$0] }
        prefix = (["metanetwork"] + (isServedByAgent ? attempt : [])).joined(separator: "/")
        interface = given["GLOO_SOCKET_IFNAME"]
    }
}
