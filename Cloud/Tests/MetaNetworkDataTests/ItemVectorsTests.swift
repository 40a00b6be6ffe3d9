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

    @Test("of a RecBole file with columns of texts are its numbers, and a sentence says which columns were passed over")
    func texts() throws {
        // The columns of RecBole's atomic file of Amazon's books, with a vector added.
        let lines = [
            "item_id:token\ttitle:token_seq\tprice:float\tsales_type:token\tsales_rank:float\tvector:float_seq\tcategories:token_seq",
            "0001712799\tThe Book of Revelation\t8.52\tBooks\t6334800\t0.5 -1\t'Books', 'Christian Books'",
            "000171287X\t7 Habits\t9.95\tBooks\t13243226\t2 3\t",
        ]
        let vectors = try read("books.item", Data((lines.joined(separator: "\n") + "\n").utf8))
        #expect(vectors.width == 4)
        #expect(vectors.vector(of: "0001712799").map { Array($0) } == [8.52, 6_334_800, 0.5, -1])
        #expect(vectors.vector(of: "000171287X").map { Array($0) } == [9.95, 13_243_226, 2, 3])
        let note = try #require(vectors.note)
        #expect(note.hasSuffix("(RecBole's types token and token_seq): 'title', 'sales_type', 'categories'"), "\(note)")
        #expect(try read("a.csv", Data("item_id,x\na,1\n".utf8)).note == nil)
    }

    @Test("of MovieLens-100k's file of films are refused, as it has no column of numbers")
    func textsAlone() throws {
        // Its first lines as published.
        let lines = [
            "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq",
            "1\tToy Story\t1995\tAnimation Children's Comedy",
            "2\tGoldenEye\t1995\tAction Adventure Thriller",
        ]
        let published = lines.joined(separator: "\n")
        let error = #expect(throws: DataError.self) { try read("ml-100k.item", Data(published.utf8)) }
        let text = error?.description ?? ""
        #expect(text.contains("only columns of texts"), "\(text)")
        #expect(text.contains("'movie_title', 'release_year', 'class'"), "\(text)")
        // As the message says.
        let typed = published.replacing("release_year:token", with: "release_year:float")
        #expect(try read("ml-100k.item", Data(typed.utf8)).vector(of: "2").map { Array($0) } == [1995])
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
