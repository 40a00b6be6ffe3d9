import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkReports
import Torch

/// `metanetwork doctor`: what is missing, and the command that fixes it.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check toolchain, LibTorch, threads, Parquet and data; name the command that fixes what is missing."
    )

    @OptionGroup var output: OutputOptions

    private struct Finding: Encodable {
        let name: String
        let isGood: Bool
        let detail: String
        /// The command that fixes it; `nil` where nothing is to be fixed.
        let fix: String?
        /// Whether training and serving need it; the rest is for set-up, builds and reports, and can come later.
        var isNeeded = false

        /// What the line begins with.
        var word: String { isGood ? "ok     " : isNeeded ? "missing" : "absent " }
    }

    func run() throws {
        let findings = [toolchain, libTorch, threads, charts, python, parquet, data]
        if output.json {
            try output.printJSON(findings)
        } else {
            for finding in findings {
                print("\(finding.word) \(finding.name): \(finding.detail)")
                if let fix = finding.fix { print("        fix: \(fix)") }
            }
        }
        if findings.contains(where: { !$0.isGood && $0.isNeeded }) { throw ExitStatus.failed }
    }

    private var toolchain: Finding {
        let version = Self.firstLine(of: ["swift", "--version"])
        return Finding(
            name: "Swift toolchain",
            isGood: version != nil,
            detail: version ?? "`swift` is not on the PATH",
            fix: version == nil ? "install Swift 6.1 or newer and put it on the PATH" : nil
        )
    }

    /// This process runs on LibTorch, so it is there; a product shows that it computes.
    private var libTorch: Finding {
        let product = try? Tensor([1, 2, 3, 4], shape: [2, 2]).matmul(Tensor([1, 1], shape: [2, 1])).floats()
        let isGood = product == [3, 7]
        return Finding(
            name: "LibTorch",
            isGood: isGood,
            detail: isGood ? "\(LibTorch.version), a product is right" : "a product is wrong: \(product ?? [])",
            fix: isGood ? nil : "make setup && make build",
            isNeeded: true
        )
    }

    private var threads: Finding {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let gigabytes = (Double(ProcessInfo.processInfo.physicalMemory) / 0x1p30).formatted(digits: 1)
        return Finding(
            name: "threads",
            isGood: true,
            detail: "\(cores) cores, \(gigabytes) GiB of memory",
            fix: nil
        )
    }

    private var charts: Finding {
        let isGood = (try? ReportAssets.plotly()) != nil
        return Finding(
            name: "charts of reports",
            isGood: isGood,
            detail: isGood ? "Plotly is set up" : "Plotly is not set up",
            fix: isGood ? nil : "make setup"
        )
    }

    private var python: Finding {
        let version = Self.firstLine(of: ["python3", "-m", "pip", "--version"])
        return Finding(
            name: "Python's pip (for set-up and `data fetch`)",
            isGood: version != nil,
            detail: version ?? "`python3 -m pip` does not run",
            fix: version == nil ? "install python3 with pip" : nil
        )
    }

    private var parquet: Finding {
        let problem = ParquetSupport.problem()
        return Finding(
            name: "Parquet",
            isGood: problem == nil,
            detail: problem?.reason ?? "python3 has pyarrow",
            fix: problem?.fix
        )
    }

    private var data: Finding {
        let absent = DataCatalog.all.filter { DataCatalog.directory(of: $0) == nil }.map(\.name)
        return Finding(
            name: "data",
            isGood: absent.isEmpty,
            detail: absent.isEmpty
                ? "all named sets are in \(DataCatalog.directories.map(\.path).joined(separator: " or "))"
                : "\(absent.joined(separator: ", ")) absent",
            fix: absent.isEmpty ? nil : absent.map { "metanetwork data fetch \($0)" }.joined(separator: " && ")
        )
    }

    private static func firstLine(of command: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return text.split(separator: "\n").first.map(String.init)
    }
}
