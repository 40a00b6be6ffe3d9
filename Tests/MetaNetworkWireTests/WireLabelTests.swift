import Foundation
import Testing

@testable import MetaNetworkWire

@Suite("A label of the wire")
struct WireLabelTests {
    @Test("is the newest that both sides know, whatever else a client names")
    func negotiation() {
        for (header, label) in [
            ("3, 2", WireLabel.three), ("2,3", .three), ("3", .three), ("2", .two), (" 2 ", .two), ("9, 3", .three),
            ("4,\t2\t", .two), ("x, 2", nil), ("2,", nil), ("3\tx", nil), ("+3", nil), ("03", nil), ("4", nil),
            ("", nil), ("x", nil), (",,", nil), ("3.0", nil),
            ("3;q=1", nil),
            ("99999999999999999999", nil),
        ] {
            #expect(WireLabel(newestIn: header) == label, "'\(header)'")
        }
        #expect(WireLabel.all == "3, 2" && WireLabel(newestIn: WireLabel.all) == .newest)
    }

    @Test("stands in a signature's header, but the first one")
    func signatures() {
        for (header, signature) in [
            ("k=AA==", ResponseSignature(.two, keyID: "k", base64: "AA==")),
            ("3:k=AA==", ResponseSignature(.three, keyID: "k", base64: "AA==")),
        ] {
            #expect(ResponseSignature(header) == signature && signature.headerValue == header)
        }
        for header in ["", "=AA", "k=", "2:k=AA", "4:k=AA", ":k=AA", "3:=AA", "x:k=AA", "3", "k"] {
            #expect(ResponseSignature(header) == nil, "\(header)")
        }
    }

    @Test("says what the fix of a problem is called; documents of all are read")
    func problems() throws {
        let problem = Problem(
            type: "t",
            title: "i",
            status: 409,
            detail: "d",
            field: "f",
            fix: "do it",
            currentVersion: "v"
        )
        for (label, name) in [(WireLabel.two, "mend"), (.three, "fix")] {
            let data = try JSONEncoder().encode(problem.document(label))
            let members = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(Set(members.keys) == ["type", "title", "status", "detail", "field", name, "currentVersion"])
            #expect(members[name] as? String == "do it")
            #expect(try JSONDecoder().decode(Problem.self, from: data) == problem)
        }
    }
}
