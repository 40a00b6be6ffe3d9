import Foundation
import MetaNetwork
import Testing

@Suite("A bundle's manifest")
struct BundleManifestTests {
    private let manifest = BundleManifest(
        name: "movies",
        architecture: .paperGRU4Rec(width: 4, window: 3),
        items: 12,
        generator: .init(form: "plain", window: 6, width: 4, rank: 2),
        files: [
            "device.safetensors": .init(bytes: 7, sha256: "aa", role: .device),
            "vocabulary.tsv": .init(bytes: 3, sha256: "bb", role: .vocabulary),
            "patch.bin": .init(bytes: 1, sha256: "cc", role: .init(rawValue: "patch")),
        ]
    )

    /// In place of SHA-256 the bytes themselves: a version then spells out what it covers.
    private func spelled(_ manifest: BundleManifest) throws -> (manifest: BundleManifest, bytes: [UInt8]) {
        let (sealed, data) = try manifest.sealed(sha256: { $0 }, encode: { try JSONEncoder().encode($0) })
        return (sealed, Array(data))
    }

    private func text(_ version: String) -> String {
        let digits = Array(version)
        let bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
        return String(decoding: bytes.compactMap(\.self), as: UTF8.self)
    }

    @Test("its canonical form is sorted, without white space, and without the version")
    func canonicalForm() throws {
        let document = #" {"version":"x", "b" : [1, true, null, "a\/\u00e9\n\""], "a":{"d":0.50, "c":-2}, "é":"\\" }"#
        let version = try BundleVersion.version(ofManifest: Array(document.utf8)) { $0 }
        #expect(
            text(version) == "metanetwork/bundle/2\n"
                + #"{"a":{"c":-2,"d":0.5},"b":[1,true,null,"a/é\u000a\""],"é":"\\"}"#
        )
        for bad in ["[]", "{", #"{"a":1,"a":2}"#] {
            #expect(throws: BundleManifestError.self) { try BundleVersion.version(ofManifest: Array(bad.utf8)) { $0 } }
        }
    }

    @Test("of format 2 is read back, and its version covers every member but the version")
    func covers() throws {
        let (sealed, bytes) = try spelled(manifest)
        #expect(try JSONDecoder().decode(BundleManifest.self, from: Data(bytes)) == sealed)
        try sealed.check(bytes) { $0 }
        let changes: [(inout BundleManifest) -> Void] = [
            { $0.name = "songs" }, { $0.items = 13 }, { $0.generator?.rank = 3 },
            { $0.generator?.helps = .init(samples: 9) }, { $0.generator = nil },
            { $0.architecture.output = "encoded" }, { $0.outputs = .init(kind: .regression, names: ["y"]) },
            { $0.files["patch.bin"] = nil }, { $0.files["patch.bin"]?.sha256 = "cd" },
            { $0.files["patch.bin"]?.role = .init(rawValue: "adapter") }, { $0.files["patch.bin"]?.bytes = 2 },
        ]
        for change in changes {
            var lie = sealed
            change(&lie)
            let bytes = Array(try JSONEncoder().encode(lie))
            #expect(throws: BundleManifestError.version) { try lie.check(bytes) { $0 } }
        }
    }

    @Test("of format 1 keeps its provenance, and its version is that of the files")
    func formatOne() throws {
        var old = manifest
        old.format = 1
        old.provenance = BundleProvenance(metrics: ["full": ["auc": 0.5]], training: ["seed": "7"])
        let (sealed, bytes) = try spelled(old)
        #expect(text(sealed.version) == "device.safetensors aa\npatch.bin cc\nvocabulary.tsv bb\n")
        let read = try JSONDecoder().decode(BundleManifest.self, from: Data(bytes))
        #expect(read == sealed)
        #expect(read.provenance?.training == ["seed": "7"])
        let new = try spelled(manifest).bytes
        #expect(!String(decoding: new, as: UTF8.self).contains("training"), "format 2 keeps it in a file of its own")
    }

    @Test("says up to which age weights help, where that was measured, and nothing of it where not")
    func helps() throws {
        #expect(!String(decoding: try spelled(manifest).bytes, as: UTF8.self).contains("helps"))
        var measured = manifest
        measured.generator?.helps = .init(samples: 20, seconds: 600)
        let (sealed, bytes) = try spelled(measured)
        #expect(text(sealed.version).contains(#""helps":{"samples":20,"seconds":600}"#))
        #expect(try JSONDecoder().decode(BundleManifest.self, from: Data(bytes)) == sealed)
        measured.generator?.helps?.seconds = nil
        #expect(text(try spelled(measured).manifest.version).contains(#""helps":{"samples":20}"#))
    }

    @Test("of an unknown format is refused before anything else is read")
    func unknownFormat() {
        #expect(throws: BundleManifestError.unknownFormat(3)) {
            try JSONDecoder().decode(BundleManifest.self, from: Data(#"{"format":3}"#.utf8))
        }
    }

    @Test(
        "lists plain file names only, each once",
        arguments: ["", ".hidden", "a/b", "..", "é", "a b", "manifest.json", "provenance.json", "PATCH.bin"]
            + [String(repeating: "a", count: 65)]
    )
    func fileNames(name: String) throws {
        var lie = manifest
        lie.files[name] = .init(bytes: 1, sha256: "dd")
        let (sealed, bytes) = try spelled(lie)
        #expect {
            try sealed.check(bytes) { $0 }
        } throws: {
            if case .fileName? = $0 as? BundleManifestError { true } else { false }
        }
    }

    @Test("gives a known role to its one file and no other")
    func roles() throws {
        for (name, role) in [
            ("patch.bin", BundleRole.device), ("patch.bin", .gate), ("patch.bin", .prompt),
            ("vocabulary.tsv", .init(rawValue: "patch")),
        ] {
            var lie = manifest
            lie.files[name]?.role = role
            let (sealed, bytes) = try spelled(lie)
            #expect(throws: BundleManifestError.role(file: name, role)) { try sealed.check(bytes) { $0 } }
        }
    }
}

@Suite("The vocabulary's file")
struct VocabularyFileTests {
    @Test("keeps raw ids with tabs, line ends and backslashes, byte by byte")
    func roundTrip() throws {
        let names = ["a\tb", "line\nend", "back\\slash", "\\t", "plain", "Ünï 本", "e\u{301}", "\u{e9}", "", "\r\n"]
        let bytes = VocabularyFile.bytes(names)
        let read = try VocabularyFile.names(in: bytes, count: names.count)
        #expect(read.map { Array($0.utf8) } == names.map { Array($0.utf8) })
        #expect(String(decoding: VocabularyFile.bytes(["a\tb", "c"]), as: UTF8.self) == "a\\tb\t1\nc\t2\n")
        #expect(throws: VocabularyFileError.count(found: 10, expected: 11)) {
            try VocabularyFile.names(in: bytes, count: 11)
        }
    }

    @Test("refuses by its number a line that is none, or one too many")
    func damage() {
        for (text, line) in [("a\t1\nb\t3\n", 2), ("a\n", 1), ("a\tb\t1\n", 1), ("a\t1\nb\t2\nc\t3\n", 3)] {
            #expect(throws: VocabularyFileError.line(line)) {
                try VocabularyFile.names(in: Array(text.utf8), count: 2)
            }
        }
        #expect(throws: VocabularyFileError.line(1)) { try VocabularyFile.names(in: [0xFF, 9, 0x31, 10], count: 1) }
    }
}
