import Foundation
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

/// Training on what devices shared.
extension CommandTests {
    @Test("learns from the samples that devices shared with the service")
    func events() async throws {
        let file = folder.appendingPathComponent("shared.sqlite")
        let store = try SQLiteEventStore(file)
        let small = ["--k-core", "1", "--width", "8", "--epochs", "1", "--threads", "1", "--quiet", "--out", "next"]
        func train(_ options: String...) throws -> Output {
            try run(["train", "--data", "events:shared.sqlite"] + options + small)
        }
        let empty = try train()
        #expect(empty.status == 2 && empty.error.contains("has no event yet"))
        for device in 0..<30 {
            let events = (0..<20).map {
                SampleEvents.Event(id: "event-\($0)", item: "film-\((device * 7 + $0) % 140)", time: $0)
            }
            _ = try await store.append(EventMessage(device: "device-\(device)", model: "movies", events: events))
        }
        // Its id would reach every device.
        let secret = SampleEvents.Event(id: "event-20", item: "letter to my doctor", time: 20)
        _ = try await store.append(EventMessage(device: "device-0", model: "movies", events: [secret]))
        let rare = try train()
        #expect(rare.status == 2 && rare.error.contains("has samples of 30 devices and no item of 'movies' that 20"))
        let trained = try run(
            ["train", "--data", "events:\(file.path)", "--min-devices", "2", "--tensorboard", "board"]
                + small.filter { $0 != "--quiet" && $0 != "next" } + [folder.appendingPathComponent("next").path]
        )
        #expect(trained.status == 0 && trained.error.contains("1 items that fewer than 2 devices"), "\(trained.error)")
        try checkSilence(of: ["letter to my doctor", "device-1"])
        let manifest = try run("inspect", "next", "--json")
        #expect(try JSONDecoder().decode(BundleManifest.self, from: Data(manifest.out.utf8)).items == 140)
        let vocabulary = try String(contentsOf: folder.appendingPathComponent("next/vocabulary.tsv"), encoding: .utf8)
        #expect(vocabulary.contains("film-1") && !vocabulary.contains("letter"))
        let book = SampleEvents.Event(id: "12345678", item: "x", time: 1)
        _ = try await store.append(EventMessage(device: "a", model: "books", events: [book]))
        for options in [[], ["--events-model", "music"]] {
            let refused = try run(["train", "--data", "events:shared.sqlite"] + options + small)
            #expect(refused.status == 2 && refused.error.contains("books, movies; name one with --events-model"))
        }
        #expect(try train("--events-model", "movies", "--min-devices", "2").status == 0)
    }

    /// Nothing that training wrote has one of some words, and nothing that devices fetch says where and by whom it was trained.
    private func checkSilence(of words: [String]) throws {
        let files = FileManager.default
        let written = try files.subpathsOfDirectory(atPath: folder.path).filter {
            $0.hasPrefix("next") || $0.hasPrefix("board")
        }
        #expect(written.contains("next/vocabulary.tsv") && written.contains { $0.hasPrefix("board/") })
        for path in written {
            let contents = try? Data(contentsOf: folder.appendingPathComponent(path))
            for word in words { #expect(contents?.range(of: Data(word.utf8)) == nil, "\(path) has '\(word)'") }
        }
        let bundle = folder.appendingPathComponent("next")
        let manifest = try JSONDecoder().decode(
            BundleManifest.self,
            from: Data(contentsOf: bundle.appendingPathComponent(BundleLayout.manifest))
        )
        // The last part of the path is enough: somebody may see what is not the whole of it.
        let operators = [
            folder.lastPathComponent, "shared.sqlite", "events:", "tensorboard", ProcessInfo.processInfo.hostName,
        ]
        for name in [BundleLayout.manifest] + manifest.files.keys {
            let contents = try Data(contentsOf: bundle.appendingPathComponent(name))
            for word in operators where word.utf8.count > 5 {
                #expect(contents.range(of: Data(word.utf8)) == nil, "\(name) has '\(word)'")
            }
        }
    }
}
