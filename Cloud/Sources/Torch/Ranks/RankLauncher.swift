/// What starts several processes, by the variables that it gives each.
enum RankLauncher: String, CaseIterable {
    /// torchrun, PyTorchJob, Ray, or a shell.
    case torchrun
    /// TrainJob of Kubeflow without torchrun: one process a node.
    case kubeflow = "Kubeflow's trainer"
    /// `mpirun`.
    case openMPI = "mpirun"
    /// `srun`.
    case slurm = "srun"

    /// Any of them says that this is what started the process.
    var signs: [String] {
        switch self {
        case .torchrun: ["RANK", "WORLD_SIZE"]
        case .kubeflow: ["PET_NODE_RANK", "PET_NNODES"]
        case .openMPI: ["OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"]
        // The other one is there in the shell of an allocation too, where nothing was started.
        case .slurm: ["SLURM_PROCID"]
        }
    }

    var rank: String { signs[0] }

    func size(_ given: RankVariables) -> String {
        guard self == .slurm else { return signs[1] }
        return given.has(["SLURM_STEP_NUM_TASKS"]) ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS"
    }

    /// Processes on this machine, 1 where nothing tells.
    func localSize(_ given: RankVariables) -> Int {
        let text: String? =
            switch self {
            case .torchrun: given["LOCAL_WORLD_SIZE"]
            case .kubeflow: nil
            case .openMPI: given["OMPI_COMM_WORLD_LOCAL_SIZE"]
            // As in 2(x3),1: three machines with two each, one with one.
            case .slurm: given["SLURM_STEP_TASKS_PER_NODE"] ?? given["SLURM_TASKS_PER_NODE"]
            }
        return max(1, text.flatMap { Int($0.prefix { $0.isNumber }) } ?? 1)
    }

    /// Number of this process on its machine, 0 where nothing tells.
    func localRank(_ given: RankVariables) throws(RankError) -> Int {
        let name: String? =
            switch self {
            case .torchrun: "LOCAL_RANK"
            case .kubeflow: nil
            case .openMPI: "OMPI_COMM_WORLD_LOCAL_RANK"
            case .slurm: "SLURM_LOCALID"
            }
        guard let name, given[name] != nil else { return 0 }
        return try given.number(name, in: 0...Int(Int32.max), self)
    }

    /// Where the first rank is.
    func host(_ given: RankVariables) throws(RankError) -> String {
        switch self {
        case .torchrun, .openMPI: return try given.text("MASTER_ADDR", self)
        case .kubeflow: return try given.text("PET_MASTER_ADDR", self)
        case .slurm:
            if let host = given["MASTER_ADDR"] { return host }
            let names = ["SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST", "SLURM_NODELIST"]
            guard let nodes = names.lazy.compactMap({ given[$0] }).first else {
                throw given.missing("SLURM_JOB_NODELIST", self)
            }
            return Self.firstNode(of: nodes)
        }
    }

    /// The port there.
    func port(_ given: RankVariables) throws(RankError) -> Int {
        switch self {
        case .torchrun, .openMPI: return try given.number("MASTER_PORT", in: 1...65535, self)
        case .kubeflow: return try given.number("PET_MASTER_PORT", in: 1...65535, self)
        case .slurm:
            guard !given.has(["MASTER_PORT"]), given.has(["SLURM_JOB_ID"]) else {
                return try given.number("MASTER_PORT", in: 1...65535, self)
            }
            // Jobs that share a machine have ports of their own.
            return try 15_000 + given.number("SLURM_JOB_ID", in: 0...Int.max, self) % 10_000
        }
    }

    /// The first name of a list as Slurm writes it: `node[01-04,07]-ib,login` begins with `node01-ib`.
    static func firstNode(of list: String) -> String {
        var (name, isInside, isTaken) = ("", false, false)
        for character in list {
            switch character {
            case "[": (isInside, isTaken) = (true, false)
            case "]": isInside = false
            case "," where !isInside: return name
            case ",",
                "-" where isInside:
                isTaken = true
            default: if !isInside || !isTaken { name.append(character) }
            }
        }
        return name
    }
}

/// An environment, of which empty values count as missing.
struct RankVariables {
    private let values: [String: String]

    init(_ values: [String: String]) { self.values = values.filter { !$0.value.isEmpty } }

    subscript(name: String) -> String? { values[name] }

    func has(_ names: [String]) -> Bool { names.contains { values[$0] != nil } }

    func text(_ name: String, _ launcher: RankLauncher) throws(RankError) -> String {
        guard let text = values[name] else { throw missing(name, launcher) }
        return text
    }

    func number(_ name: String, in range: ClosedRange<Int>, _ launcher: RankLauncher) throws(RankError) -> Int {
        let text = try text(name, launcher)
        guard let number = Int(text), range.contains(number) else {
            let limit =
                range.upperBound == Int.max || range.upperBound == Int(Int32.max) ? "" : " to \(range.upperBound)"
            throw .badPlace("\(name) is '\(text)'; give a whole number from \(range.lowerBound)\(limit)")
        }
        return number
    }

    func missing(_ name: String, _ launcher: RankLauncher) -> RankError {
        let found = launcher.signs.filter { values[$0] != nil }.joined(separator: " and ")
        return .badPlace(
            "\(name) is missing: \(found) in the environment says that \(launcher.rawValue) started several processes that work together; "
                + "set it too, or unset \(found) to work alone"
        )
    }
}
