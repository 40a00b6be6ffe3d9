import Testing

@testable import MetaNetworkServer

@Suite("The header traceparent")
struct TraceContextTests {
    private let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private let span = "00f067aa0ba902b7"

    @Test("is read and written as W3C's examples say")
    func examples() throws {
        let header = "00-\(trace)-\(span)-01"
        let context = try #require(TraceContext(parent: header, state: "rojo=00f067aa0ba902b7"))
        #expect(context.traceID == trace && context.spanID == span && context.isSampled && context.header == header)
        #expect(context.state == "rojo=00f067aa0ba902b7")
        let unsampled = try #require(TraceContext(parent: "00-\(trace)-\(span)-00", state: nil))
        #expect(!unsampled.isSampled && unsampled.header.hasSuffix("-00"))
        // Other flags say nothing of sampling, and a later version may say more.
        #expect(TraceContext(parent: "00-\(trace)-\(span)-fe", state: nil)?.isSampled == false)
        #expect(TraceContext(parent: "cc-\(trace)-\(span)-01-what-comes", state: nil)?.isSampled == true)
    }

    @Test(
        "is none where anything of it is wrong",
        arguments: [
            "", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-+1",
            "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ]
    )
    func malformed(header: String) { #expect(TraceContext(parent: header, state: nil) == nil) }

    @Test("of a child has its trace, its decision and its state, and an id of its own")
    func child() throws {
        let parent = try #require(TraceContext(parent: "00-\(trace)-\(span)-01", state: "a=b"))
        let child = TraceContext(childOf: parent)
        #expect(child.traceID == trace && child.isSampled && child.state == "a=b" && child.spanID != span)
        #expect(TraceContext(parent: child.header, state: "a=b") == child)
    }

    @Test("of a new trace is recorded for the share that is asked for")
    func share() {
        let made = (0..<4000).map { _ in TraceContext(share: 0.25) }
        #expect(Set(made.map(\.traceID)).count == 4000 && made.allSatisfy { $0.header.utf8.count == 55 })
        // Five standard deviations to each side.
        #expect((863...1137).contains(made.count { $0.isSampled }))
        #expect((0..<100).allSatisfy { _ in TraceContext(share: 1).isSampled && !TraceContext(share: 0).isSampled })
    }
}
