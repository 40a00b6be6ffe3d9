import Testing

@testable import Torch

@Suite("The place among ranks")
struct RankPlaceTests {
    private static let torchrun = ["RANK": "1", "WORLD_SIZE": "3", "MASTER_ADDR": "first", "MASTER_PORT": "29500"]
    private static let kubeflow = [
        "PET_NODE_RANK": "2", "PET_NNODES": "4", "PET_MASTER_ADDR": "job-0.job", "PET_MASTER_PORT": "29400",
    ]
    private static let slurm = [
        "SLURM_PROCID": "5", "SLURM_NTASKS": "8", "SLURM_JOB_ID": "1234567", "SLURM_JOB_NODELIST": "node[07-08,12],x",
        "SLURM_TASKS_PER_NODE": "2(x3),1",
    ]
    private static let openMPI = [
        "OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_LOCAL_SIZE": "2",
        "MASTER_ADDR": "10.0.0.1", "MASTER_PORT": "30000",
    ]

    private func place(_ environments: [String: String]...) throws -> RankPlace? {
        try RankPlace(environment: environments.reduce(into: [:]) { $0.merge($1) { $1 } })
    }

    @Test("is none without the signs of launchers, as for a program that one of several processes starts")
    func child() throws {
        for environment in [Self.torchrun, Self.kubeflow, Self.slurm, Self.openMPI] {
            #expect(try place(environment) != nil)
            #expect(try place(environment.filter { !RankPlace.signs.contains($0.key) }) == nil)
        }
    }

    @Test("is read from torchrun, Kubeflow, Open MPI and Slurm, in this order")
    func launchers() throws {
        let torch = try #require(try place(Self.torchrun, Self.slurm, ["LOCAL_WORLD_SIZE": "2"]))
        #expect(torch.rank == 1 && torch.size == 3 && torch.localSize == 2 && !torch.serves)
        #expect(torch.host == "first" && torch.port == 29500 && torch.prefix == "metanetwork" && torch.interface == nil)
        let node = try #require(try place(Self.kubeflow))
        #expect(node.rank == 2 && node.size == 4 && node.localSize == 1)
        #expect(node.host == "job-0.job" && node.port == 29400)
        // Within a job of Slurm, all processes of mpirun have the batch script's rank.
        let process = try #require(try place(Self.openMPI, Self.slurm))
        #expect(process.rank == 0 && process.size == 2 && process.localSize == 2 && process.serves)
        #expect(process.host == "10.0.0.1" && process.port == 30000)
        let task = try #require(try place(Self.slurm))
        #expect(task.rank == 5 && task.size == 8 && task.localSize == 2)
        #expect(task.host == "node07" && task.port == 15_000 + 4567)
        let step = try place(Self.slurm, ["SLURM_STEP_NUM_TASKS": "6", "MASTER_ADDR": "a", "MASTER_PORT": "9"])
        #expect(step?.size == 6 && step?.host == "a" && step?.port == 9)
    }

    @Test("has the number among the machine's processes, which chooses a card, from whoever tells it")
    func localRanks() throws {
        func rank(_ environments: [String: String]...) throws -> Int? {
            try RankPlace(environment: environments.reduce(into: [:]) { $0.merge($1) { $1 } })?.localRank
        }
        #expect(try rank(Self.torchrun, ["LOCAL_RANK": "1", "SLURM_LOCALID": "3"]) == 1)
        #expect(try rank(Self.openMPI, ["OMPI_COMM_WORLD_LOCAL_RANK": "1"]) == 1)
        #expect(try rank(Self.slurm, ["SLURM_LOCALID": "1", "LOCAL_RANK": "3"]) == 1)
        for environment in [Self.torchrun, Self.kubeflow, Self.openMPI, Self.slurm] {
            #expect(try rank(environment) == 0)
        }
        let error = #expect(throws: RankError.self) { try rank(Self.torchrun, ["LOCAL_RANK": "first"]) }
        #expect(error?.description.hasPrefix("LOCAL_RANK is 'first'") == true)
    }

    @Test("is nobody's where one process is alone")
    func alone() throws {
        #expect(try place() == nil)
        #expect(try place(["MASTER_ADDR": "first", "MASTER_PORT": "1"]) == nil, "nobody says that there are several")
        #expect(try place(["RANK": "0", "WORLD_SIZE": "1"]) == nil, "there is nobody to meet")
        #expect(try place(["RANK": "", "WORLD_SIZE": ""]) == nil)
        #expect(try place(["SLURM_NTASKS": "8", "SLURM_JOB_ID": "1"]) == nil, "the shell of an allocation")
    }

    @Test(
        "is refused where half of it is missing, by the name of what is",
        arguments: [Self.torchrun, Self.kubeflow, Self.openMPI]
    )
    func halves(_ whole: [String: String]) throws {
        for name in whole.keys where !name.contains("LOCAL") {
            var half = whole
            half[name] = nil
            let error = #expect(throws: RankError.self) { try place(half) }
            #expect(error?.description.hasPrefix("\(name) is missing") == true, "\(String(describing: error))")
        }
    }

    @Test("of Slurm is refused without size, hosts or a port")
    func slurmHalves() throws {
        for (name, missing) in [
            ("SLURM_NTASKS", "SLURM_NTASKS"), ("SLURM_JOB_NODELIST", "SLURM_JOB_NODELIST"),
            ("SLURM_JOB_ID", "MASTER_PORT"),
        ] {
            var half = Self.slurm
            half[name] = nil
            let error = #expect(throws: RankError.self) { try place(half) }
            #expect(error?.description.hasPrefix("\(missing) is missing") == true)
        }
    }

    @Test("is refused where a number is none, or a rank is none of the ranks")
    func numbers() throws {
        for (name, value, message) in [
            ("RANK", "one", "RANK is 'one'; give a whole number from 0"),
            ("RANK", "-1", "RANK is '-1'; give a whole number from 0"),
            ("RANK", "3", "RANK is 3, but WORLD_SIZE is 3"),
            ("WORLD_SIZE", "0", "WORLD_SIZE is '0'; give a whole number from 1"),
            ("MASTER_PORT", "70000", "MASTER_PORT is '70000'; give a whole number from 1 to 65535"),
        ] {
            let error = #expect(throws: RankError.self) { try place(Self.torchrun, [name: value]) }
            #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
        }
    }

    @Test("keeps what an agent of torchrun serves apart by attempt, and the interface that is asked for")
    func agent() throws {
        let elastic = [
            "TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RUN_ID": "r", "TORCHELASTIC_RESTART_COUNT": "2",
        ]
        let first = try #require(try place(Self.torchrun, elastic, ["RANK": "0", "GLOO_SOCKET_IFNAME": "eth1"]))
        #expect(!first.serves && first.prefix == "metanetwork/r/2" && first.interface == "eth1")
        #expect(
            try place(Self.torchrun, elastic, ["RANK": "0", "TORCHELASTIC_USE_AGENT_STORE": "False"])?.serves == true
        )
    }

    @Test(
        "begins a list of nodes as Slurm writes it",
        arguments: [
            ("alone", "alone"), ("a,b", "a"), ("node[01-04,07]", "node01"), ("n[3,5-7]-ib,m1", "n3-ib"),
            ("rack[0-1]node[10-12]", "rack0node10"),
        ]
    )
    func nodes(_ list: String, _ first: String) {
        #expect(RankLauncher.firstNode(of: list) == first)
    }
}
