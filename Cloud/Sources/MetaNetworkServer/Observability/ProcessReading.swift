import Foundation

/// The process's use of the machine, under the names of Prometheus's own client libraries.
struct ProcessReading: Sendable {
    let residentBytes: Int
    let cpuSeconds: Double
    let openFiles: Int

    /// Reads `/proc`; `nil` on systems without it.
    init?() {
        // The second word of `stat` is the name in parentheses, which may have spaces: count from behind it.
        guard let memory = Self.text("/proc/self/statm")?.split(separator: " "), memory.count > 1,
            let pages = Int(memory[1]),
            let fields = Self.text("/proc/self/stat")?.split(separator: ")").last?.split(separator: " "),
            fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]),
            let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        else { return nil }
        residentBytes = pages * sysconf(Int32(_SC_PAGESIZE))
        openFiles = open
        cpuSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The lines of an export.
    var lines: [String] {
        [
            "# TYPE process_cpu_seconds_total counter", "process_cpu_seconds_total \(cpuSeconds)",
            "# TYPE process_open_fds gauge", "process_open_fds \(openFiles)",
            "# TYPE process_resident_memory_bytes gauge", "process_resident_memory_bytes \(residentBytes)",
        ]
    }
}
