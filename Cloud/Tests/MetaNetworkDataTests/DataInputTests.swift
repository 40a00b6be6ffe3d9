import Foundation
import MetaNetworkGzip
import Testing

@testable import MetaNetworkData

/// Files that are packed, or are no text of interactions at all.
@Suite("What files are")
struct DataInputTests {
    private func message(_ name: String, _ bytes: [UInt8]) throws -> String {
        try withFile(name, "") { url in
            try Data(bytes).write(to: url)
            do {
                _ = try InteractionReader.read(url)
                return "accepted"
            } catch {
                return "\(error)"
            }
        }
    }

    private func gzip(_ text: String) -> [UInt8] { Array(Deflater().pack(Array(text.utf8), isLast: true)) }

    private let lines = (0..<50_000).map { "u\($0 % 977) i\($0 % 1009)\n" }.joined()

    @Test("gzip is unpacked whatever the name, of one member or several, with zeros behind it")
    func gzip() throws {
        let packed = gzip(lines)
        #expect(packed.count < lines.utf8.count / 2)
        let half = lines.utf8.count / 2
        let members = gzip(String(lines.prefix(half))) + gzip(String(lines.dropFirst(half)))
        for bytes in [packed, members, members + [0, 0, 0, 0]] {
            let log = try withFile("log.txt", "") { url in
                try Data(bytes).write(to: url)
                return try InteractionReader.read(url)
            }
            #expect(log.count == 50_000 && log.users.count == 977 && log.items[1008] == "i1008")
        }
    }

    @Test("gzip that is cut short, damaged or followed by something else is refused, wherever it is cut")
    func damaged() throws {
        let packed = gzip(lines)
        for length in [2, 9, 30, packed.count / 2, packed.count - 9, packed.count - 1] {
            #expect(
                try message("log.gz", Array(packed.prefix(length))).contains("the gzip file is cut short"),
                "\(length)"
            )
        }
        var flipped = packed
        flipped[packed.count - 6] ^= 1
        #expect(try message("log.gz", flipped).contains("the gzip file is damaged (incorrect data check)"))
        #expect(try message("log.gz", packed + Array("more".utf8)).contains("the gzip file is damaged"))
    }

    @Test("files of other programs are named, with what to do")
    func foreign() throws {
        #expect(
            // Whether it is damaged, or Python's package for it is not there.
            try message("a.parquet", Array("PAR1 and more".utf8)).contains("pyarrow")
        )
        #expect(try message("a.csv", [0x50, 0x4B, 3, 4, 0, 0]).contains("a file of zip"))
        #expect(try message("a.csv", [0x28, 0xB5, 0x2F, 0xFD, 0]).contains("unpack it with zstd -d"))
        #expect(try message("a.csv", Array("SQLite format 3\0".utf8)).contains("events:FILE"))
        #expect(try message("a.csv", [0xFF, 0xFE, 0x75, 0]).contains("iconv -f utf-16"))
        let tar = Array("log.txt".utf8) + [UInt8](repeating: 0, count: 250) + Array("ustar".utf8)
        #expect(try message("a.tar", tar).contains("a tar archive"))
        let packed = Array(Deflater().pack(tar, isLast: true))
        #expect(try message("a.tar.gz", packed).contains("a tar archive"))
    }

    @Test("a format that is not known is told with what was seen and what was tried")
    func unknown() throws {
        let text = try message("a.txt", Array("alpha,beta,gamma,delta\n1,2,3,4\n".utf8))
        #expect(
            text.contains(
                "the format of this file is not known. Line 1 is 'alpha,beta,gamma,delta', columns: 4 by commas, 1 by spaces"
            )
        )
        #expect(text.contains("neither a header that names a user's and an item's column, nor a JSON object"))
        #expect(text.contains("u.data, ratings.dat") && text.contains("--user-column 1 --item-column 2"))
        #expect(try message("a.json", Array("[{\"user\": 1}]\n".utf8)).contains("jq -c '.[]'"))
        #expect(try message("a.json", Array("{'user': 1}\n".utf8)).contains("is no JSON object"))
    }

    @Test("a pipe is read once, from its beginning to its end")
    func pipe() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        #expect(mkfifo(path, 0o600) == 0)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let packed = Data(gzip(lines))
        let writer = Thread {
            let handle = FileHandle(forWritingAtPath: path)
            try? handle?.write(contentsOf: packed)
            try? handle?.close()
        }
        writer.start()
        #expect(try InteractionReader.read(URL(fileURLWithPath: path)).count == 50_000)
    }
}
