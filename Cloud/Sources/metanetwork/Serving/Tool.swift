import Foundation
import MetaNetworkExperiments
import MetaNetworkSettings

/// This tool as a program, to be started as a service beside the command that runs.
enum Tool {
    /// - Throws: `ConfigurationError` where it is not known where the tool lies.
    static func executable() throws -> URL {
        guard let program = Bundle.main.executableURL else {
            throw ConfigurationError(
                "this process does not know its own executable; start a service yourself and give --server URL"
            )
        }
        // In tests the program is theirs, and the tool lies beside it.
        let beside = program.deletingLastPathComponent().appendingPathComponent("metanetwork")
        return FileManager.default.isExecutableFile(atPath: beside.path) ? beside : program
    }
}
