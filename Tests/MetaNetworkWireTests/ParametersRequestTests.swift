import Foundation
import Testing

@testable import MetaNetworkWire

@Suite("A request for parameters")
struct ParametersRequestTests {
    private func parse(_ json: String, limit: Int = 3) throws -> ParametersRequest {
        try ParametersRequest(parsing: Array(json.utf8), sampleLimit: limit)
    }

    @Test("is read as Codable reads it")
    func agrees() throws {
        for json in [
            #"{"version":"v","samples":["1","ü","c"],"nonce":"12345678"}"#,
            #"{"nonce":"abc_-DEF9","embeddings":[[1,-2.5e-3],[0,7]],"format":"int8","version":"v"}"#,
            #"{"version":"v","embeddings":[[1],[2]],"counts":[2,1.0],"nonce":"12345678"}"#,
            #"{"version":"","samples":["1"],"embeddings":null,"format":null,"nonce":"12345678"}"#,
        ] {
            #expect(try parse(json) == JSONDecoder().decode(ParametersRequest.self, from: Data(json.utf8)))
        }
    }

    @Test(
        "names the field that is wrong",
        arguments: [
            ("", ""), ("[]", ""), ("{}", "version"), (#"{"version":1}"#, "version"),
            (#"{"version":"v","samples":["1"]}"#, "nonce"),
            (#"{"version":"v","samples":["1"],"nonce":"short"}"#, "nonce"),
            (#"{"version":"v","samples":["1"],"nonce":"with space"}"#, "nonce"),
            (#"{"version":"v","nonce":"12345678"}"#, "samples"),
            (#"{"version":"v","samples":[],"nonce":"12345678"}"#, "samples"),
            (#"{"version":"v","samples":["1","2","3","4"],"nonce":"12345678"}"#, "samples"),
            (#"{"version":"v","samples":["1",2],"nonce":"12345678"}"#, "samples[1]"),
            (#"{"version":"v","samples":["1"],"embeddings":[[1]],"nonce":"12345678"}"#, "samples"),
            (#"{"version":"v","embeddings":[[1],2],"nonce":"12345678"}"#, "embeddings[1]"),
            (#"{"version":"v","embeddings":[[1,"NaN"]],"nonce":"12345678"}"#, "embeddings[0][1]"),
            (#"{"version":"v","embeddings":[[1e300]],"nonce":"12345678"}"#, "embeddings[0][0]"),
            (#"{"version":"v","embeddings":[[1]],"counts":[4],"nonce":"12345678"}"#, "counts[0]"),
            (#"{"version":"v","embeddings":[[1]],"counts":[0],"nonce":"12345678"}"#, "counts[0]"),
            (#"{"version":"v","embeddings":[[1]],"counts":[1.5],"nonce":"12345678"}"#, "counts[0]"),
            (#"{"version":"v","embeddings":[[1]],"counts":[],"nonce":"12345678"}"#, "counts"),
            (#"{"version":"v","samples":["1"],"format":"f8","nonce":"12345678"}"#, "format"),
            (#"{"version":"v","samples":["1"],"nonce":"12345678","more":1}"#, "more"),
        ]
    )
    func refusals(json: String, field: String) throws {
        let error = #expect(throws: MessageError.self) { try parse(json) }
        #expect(error?.field == field && error?.fix.isEmpty == false)
    }

    @Test("that names an unknown field of any length is answered with its beginning")
    func longField() throws {
        for text in [String(repeating: "x", count: 100_000), "e" + String(repeating: "\u{301}", count: 100_000)] {
            let error = #expect(throws: MessageError.self) {
                try parse(#"{"version":"v","samples":["1"],"nonce":"12345678","\#(text)":1}"#)
            }
            let field = try #require(error).field
            #expect(text.unicodeScalars.starts(with: field.unicodeScalars.dropLast()) && field.utf8.count <= 82)
        }
    }
}
