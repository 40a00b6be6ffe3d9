import Foundation
import MetaNetworkData
import MetaNetworkPNG
import Testing

extension CommandTests {
    @Test(
        "federate generates images from clients that each have a discriminator in parts, draws them, and writes a folder that is read again"
    )
    func splitDiscriminators() throws {
        let lines = (0..<80).map { image in
            let pixels = (0..<64).map { ($0 % 8 < 4) == (image % 2 == 0) ? "\(200 + image % 50)" : "\(image % 30)" }
            return (pixels + [image % 2 == 0 ? "left" : "right"]).joined(separator: ",")
        }
        try Data(lines.joined(separator: "\n").utf8).write(to: folder.appendingPathComponent("halves.csv"))
        let data = [
            "federate", "--data", "halves.csv", "--kind", "images", "--method", "split-gan", "--clients", "2",
            "--rounds",
            "4", "--local-epochs", "1", "--local-batch", "8", "--fakes", "8", "--part-channels", "2", "--local-rate",
            "0.001",
        ]
        let done = try run(
            data + [
                "--placement", "one-part-each", "--compare-unsplit", "--device-link", "10", "--report", "page",
                "--samples",
                "made",
            ]
        )
        #expect(done.status == 0 && done.out.contains("Fréchet distance"), "\(done.out)\(done.error)")
        #expect(
            done.out.contains("A on device 1 (factor 1.0), B on device 2") && done.out.contains("gradients differ by")
        )
        let page = try String(contentsOf: folder.appendingPathComponent("page/report.html"), encoding: .utf8)
        #expect(page.contains("Who computes which part") && page.contains("data:image/png;base64,iVBOR"))
        let made = try ImageSet(contentsOf: folder.appendingPathComponent("made"))
        #expect(made.count == 8 && made.height == 8 && made.width == 8)
        #expect(Set(made.classes).isSubset(of: ["left", "right"]))
        for (arguments, expected) in [
            (["--out", "bundle"], "no bundle is made"),
            (["--capacities", "100"], "part A has 520 parameters"), (["--placement", "fastest"], "one-part-each"),
            (["--data", "synthetic"], "the data are none"),
            (["--method", "fedavg", "--samples", "other"], "generates no images"),
            (["--client-devices", "2", "--placement", "one-part-each"], "give --client-devices 3"),
        ] {
            let refused = try run(data + arguments)
            #expect(refused.status == 2 && refused.error.contains(expected), "\(refused.error)")
        }
        let taken = try run(data + ["--samples", "made"])
        #expect(taken.status != 0 && taken.error.contains("it is there already"), "\(taken.error)")
    }
}
