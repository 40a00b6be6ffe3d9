import Foundation
import MetaNetwork
import MetaNetworkData
import Testing

@Suite("Vectors of items")
struct ItemVectorsTests {
    private func read(_ name: String, _ contents: Data) throws -> ItemVectors {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appendingPathComponent(name)
        try contents.write(to: url)
        return try ItemVectors(contentsOf: url)
    }

    private func tensors(_ shapes: [String: [Int]]) throws -> Data {
        var weights = Weights()
        for (name, shape) in shapes {
            let count = shape.reduce(1, *)
            weights[name] = try WeightTensor(shape: shape, values: (0..<count).map { Float($0) })
        }
        return Data(try SafeTensors.encode(weights))
    }

    @Test("are read of CSV, of TSV with RecBole's types, and of safetensors")
    func formats() throws {
        let csv = try read("a.csv", Data("loudness,ItemId,pace\n0.5,\"a,1\",-1\n2,b,1e3\n".utf8))
        #expect(csv.width == 2 && csv.items.count == 2)
        #expect(
            csv.vector(of: "a,1").map { Array($0) } == [0.5, -1] && csv.vector(of: "b").map { Array($0) } == [2, 1000]
        )
        #expect(csv.vector(of: "c") == nil)
        let tsv = try read("a.item", Data("item_id:token\tx:float\n7\t3\n".utf8))
        #expect(tsv.width == 1 && tsv.vector(of: "7").map { Array($0) } == [3])
        let sequences = "genre:float_seq\titem_id:token\tyear:float\n0.5 -1\t7\t3\n 2  1e1 \t8\t4\n"
        let recbole = try read("b.item", Data(sequences.utf8))
        #expect(recbole.width == 3 && recbole.vector(of: "7").map { Array($0) } == [0.5, -1, 3])
        #expect(recbole.vector(of: "8").map { Array($0) } == [2, 10, 4])
        let tensors = try read("a.safetensors", tensors(["a": [3], "b": [3]]))
        #expect(tensors.width == 3 && tensors.vector(of: "b").map { Array($0) } == [0, 1, 2])
    }

    @Test(
        "are refused with the line and what to do",
        arguments: [
            ("", "has no vectors"), ("item_id,x\n", "has no vectors"),
            ("name,x\na,1\n", "call that of the ids item_id"),
            ("item_id\na\n", "call that of the ids item_id"),
            ("item_id,x\na,1\nb,nan\n", "line 3, item 'b': a value is"),
            ("item_id,x\na,1\na,1\n", "line 3 has a second vector of the item 'a'"),
            ("item_id,x\na,\n", "line 2 has '' in the column 'x'"),
            ("item_id,x,title\na,1,Heat\n", "line 2 has 'Heat' in the column 'title'"),
            ("item_id,x\na,1,2\n", "line 2 has 3 columns, the header has 2"),
            ("item_id,x\n,1\n", "line 2 names no item"),
            ("item_id,x\na,1 2\n", "line 2 has '1 2' in the column 'x'"),
            ("item_id:token,x:float_seq\na,1 2\nb,1\n", "item 'b', has 1 values, those before it have 2"),
            ("item_id:token,x:float_seq\na, \n", "line 2 has ' ' in the column 'x'"),
            ("item_id:token,x:float_seq\na,1 Heat\n", "line 2 has '1 Heat' in the column 'x'"),
        ]
    )
    func refused(text: String, reason: String) {
        let error = #expect(throws: DataError.self) { try read("a.csv", Data(text.utf8)) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("of tensors of two widths, or of two dimensions, are refused with the item's name")
    func widths() throws {
        for (shapes, reason) in [
            (["a": [2], "b": [3]], "item 'b', has 3 values, those before it have 2"),
            (["a": [1, 2]], "the tensor 'a' has shape [1, 2]"),
        ] {
            let error = #expect(throws: DataError.self) { try read("a.safetensors", tensors(shapes)) }
            #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        }
    }
}
