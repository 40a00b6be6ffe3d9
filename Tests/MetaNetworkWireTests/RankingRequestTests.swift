import MetaNetworkWire
import Testing

@Suite("A request for a ranking")
struct RankingRequestTests {
    private func request(_ json: String, limit: Int = 3) throws -> RankingRequest {
        try RankingRequest(parsing: Array(json.utf8), itemLimit: limit)
    }

    @Test("is read with what it leaves out")
    func read() throws {
        #expect(try request(#"{"history":[]}"#) == RankingRequest(history: [], candidates: nil, top: 10))
        let whole = try request(
            #"{"history":["a","b"],"candidates":["c"],"top":2.0,"context":{"age":[31],"job":"artist","way":null}}"#
        )
        let context: [String: RankingRequest.Value] = ["age": .numbers([31]), "job": .token("artist")]
        #expect(whole == RankingRequest(history: ["a", "b"], candidates: ["c"], top: 2, context: context))
        #expect(try request(#"{"history":["a"],"candidates":null,"top":null,"context":null}"#).candidates == nil)
    }

    @Test(
        "is refused with the field that is wrong",
        arguments: [
            ("{}", "history"), (#"{"history":null}"#, "history"), (#"{"history":"a"}"#, "history"),
            (#"{"history":["a",1]}"#, "history[1]"), (#"{"history":["a","b","c","d"]}"#, "history"),
            (#"{"history":[],"candidates":[]}"#, "candidates"),
            (#"{"history":[],"candidates":["a",null]}"#, "candidates[1]"), (#"{"history":[],"top":0}"#, "top"),
            (#"{"history":[],"top":4}"#, "top"), (#"{"history":[],"top":1.5}"#, "top"),
            (#"{"history":[],"top":"2"}"#, "top"), (#"{"history":[],"context":[]}"#, "context"),
            (#"{"history":[],"context":{"age":31}}"#, "context.age"),
            (#"{"history":[],"context":{"age":[1,1e39]}}"#, "context.age[1]"),
            (#"{"history":[],"context":{"age":[[1]]}}"#, ""), (#"{"history":[],"more":1}"#, "more"), ("[]", ""),
        ]
    )
    func refused(json: String, field: String) {
        do throws(MessageError) {
            _ = try RankingRequest(parsing: Array(json.utf8), itemLimit: 3)
            Issue.record("\(json) is taken")
        } catch {
            #expect(error.field == field && !error.fix.isEmpty, "\(error)")
        }
    }
}
