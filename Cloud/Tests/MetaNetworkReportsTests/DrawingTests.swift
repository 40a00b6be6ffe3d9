import Foundation
import MetaNetwork
import MetaNetworkReports
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

@Suite("An architecture in counts and as a picture")
struct DrawingTests {
    private static let shipped: [(architecture: Architecture, items: Int)] = [
        (.paperSASRec(), 99), (.paperGRU4Rec(), 99), (.paperDIN(), 99), (.cnn(), 0),
    ]

    @Test(
        "the weights of the nodes are all weights, and a refresh in half precision brings two bytes for each dynamic one"
    )
    func summary() throws {
        for (architecture, items) in Self.shipped {
            let summary = ArchitectureSummary(try ModelGraph(architecture, itemCount: items))
            #expect(
                summary.nodes.reduce(0) { $0 + $1.weights } == summary.parameters.static + summary.parameters.dynamic
            )
            #expect(summary.refreshBytes["f16"] == 2 * summary.parameters.dynamic)
            #expect(summary.refreshBytes["f32"] == 4 * summary.parameters.dynamic)
        }
        let sasrec = ArchitectureSummary(try ModelGraph(.paperSASRec(), itemCount: 99))
        #expect(sasrec.nodes.map(ArchitectureSummary.line).contains("* user = dense(hidden) [32]"))
        #expect(sasrec.inputs.map(\.shape).contains("items, 10"))
    }

    @Test("a drawing is XML with a box for each node and input")
    func drawing() throws {
        for (architecture, items) in Self.shipped {
            let summary = ArchitectureSummary(try ModelGraph(architecture, itemCount: items))
            let text = ArchitectureDrawing(summary).svg
            let parser = XMLParser(data: Data(text.utf8))
            #expect(parser.parse(), "\(String(describing: parser.parserError))")
            let names = summary.nodes.map(\.name) + summary.inputs.map(\.name)
            for name in names { #expect(text.contains(">\(name)</text>"), "\(name)") }
            #expect(text.components(separatedBy: "<g>").count - 1 == names.count)
        }
    }

    @Test("a hostile name stays text in the drawing")
    func hostileName() throws {
        var architecture = Architecture.paperDIN()
        architecture.name = "</title><script>alert(1)</script>"
        let text = ArchitectureDrawing(ArchitectureSummary(try ModelGraph(architecture, itemCount: 9))).svg
        #expect(!text.contains("<script>") && text.contains("&lt;script&gt;"))
    }
}
