import Foundation
import MetaNetworkExperiments
import Testing

private let functionNames = "metric, sd, cost, at, first, best, check, abs, min, max"

@Suite("Expressions of claims")
struct ClaimParserTests {
    private func read(_ text: String) throws -> String { try ClaimParser.parse(text).description }

    @Test(
        "products bind before sums, both from the left, and parentheses before all",
        arguments: [
            ("1 + 2 * 3", "(1.0 + (2.0 * 3.0))"),
            ("1 * 2 + 3", "((1.0 * 2.0) + 3.0)"),
            ("1 - 2 - 3", "((1.0 - 2.0) - 3.0)"),
            ("1 - (2 - 3)", "(1.0 - (2.0 - 3.0))"),
            ("8 / 4 / 2", "((8.0 / 4.0) / 2.0)"),
            ("8 / 4 * 2", "((8.0 / 4.0) * 2.0)"),
            ("(1 + 2) * 3", "((1.0 + 2.0) * 3.0)"),
            ("-1 + 2", "(-1.0 + 2.0)"),
            ("2 * -cost(a, b)", "(2.0 * -cost(a, b))"),
            ("- (1 + 2)", "-(1.0 + 2.0)"),
            ("1-2", "(1.0 - 2.0)"),
        ]
    )
    func precedence(text: String, form: String) throws {
        #expect(try read(text) == form)
    }

    @Test(
        "numbers have a fraction, an exponent and a percent sign, as far as wanted",
        arguments: [
            ("60 %", 0.6), ("60%", 0.6), ("0.5 %", 0.005), ("8 %", 0.08), ("1e-5", 1e-5), ("2.5E+3", 2500),
            ("1e3 %", 10),
            ("007", 7),
        ]
    )
    func numbers(text: String, value: Double) throws {
        #expect(try read(text) == "\(value)")
    }

    @Test("names hold signs that are operators elsewhere, and spaces inside quotes")
    func names() throws {
        #expect(
            try read("metric(sasrec/meta-1.5, full, ndcg@10) - metric(sasrec/base, full, ndcg@10)")
                == "(metric(sasrec/meta-1.5, full, ndcg@10) - metric(sasrec/base, full, ndcg@10))"
        )
        #expect(try read("cost(http://a:1/b_c, 3)") == "cost(http://a:1/b_c, 3)")
        #expect(try read("metric(cnn, \"rotation 3\", accuracy)") == "metric(cnn, \"rotation 3\", accuracy)")
        #expect(try read("metric(cnn, 'rotation 3', accuracy)") == "metric(cnn, \"rotation 3\", accuracy)")
        #expect(try read("check('he said \"no\"')") == "check('he said \"no\"')")
        #expect(try read("cost( größe ,\n b )") == "cost(größe, b)")
    }

    @Test("every function is read, nested too")
    func functions() throws {
        #expect(try read("sd(a, b, c)") == "sd(a, b, c)")
        #expect(try read("check(split-equals-unsplit)") == "check(split-equals-unsplit)")
        #expect(try read("at(curve(a, age, full, auc), 5)") == "at(curve(a, age, full, auc), 5.0)")
        #expect(
            try read("first(curve(a, round, devices, loss), <= 0.8 * metric(b, devices, loss))")
                == "first(curve(a, round, devices, loss), <= (0.8 * metric(b, devices, loss)))"
        )
        #expect(
            try read("first(curve(a, rate, s, m), >= metric(b, s, m) - 0.5 %)")
                == "first(curve(a, rate, s, m), >= (metric(b, s, m) - 0.005))"
        )
        #expect(
            try read("best(curve(a, bytes, s, m), x <= 8 % * cost(b, bytesDown))")
                == "best(curve(a, bytes, s, m), x <= (0.08 * cost(b, bytesDown)))"
        )
        #expect(try read("best(curve(a, epoch, s, m))") == "best(curve(a, epoch, s, m))")
        #expect(try read("max(1, min(2, 3), abs(-4))") == "max(1.0, min(2.0, 3.0), abs(-4.0))")
    }

    @Test(
        "what cannot be read is told with its column, what was found and what fits",
        arguments: [
            ("", "column 1: found the end, but a number, '(' or a function (\(functionNames)) fits here"),
            ("1 +", "column 4: found the end, but a number, '(' or a function (\(functionNames)) fits here"),
            ("1 + * 2", "column 5: found '*', but a number, '(' or a function (\(functionNames)) fits here"),
            (".5", "column 1: found '.', but a number, '(' or a function (\(functionNames)) fits here"),
            ("0.8 of its rounds", "column 5: found 'of', but an operator (+ - * /) or the end fits here"),
            ("(1 + 2", "column 7: found the end, but an operator (+ - * /) or ')' fits here"),
            ("1 + 2)", "column 6: found ')', but an operator (+ - * /) or the end fits here"),
            ("1e999", "column 1: '1e999' is out of range"),
            ("metrik(a, b, c)", "column 1: there is no function 'metrik'; did you mean 'metric'?"),
            ("gate - base", "column 1: there is no function 'gate'; functions: \(functionNames)"),
            ("metric(a, b)", "column 12: found ')', but ',' fits here: metric(method, set, name)"),
            ("metric(a, b, )", "column 14: found ')', but a name fits here: metric(method, set, name)"),
            ("metric(a, b, c, d)", "column 15: found ',', but ')' fits here: metric(method, set, name)"),
            ("2 * cost a", "column 10: found 'a', but '(' fits here: cost(method, name)"),
            ("metric(a, rotation 3, c)", "column 20: found '3', but ',' or ')' fits here: quote names with spaces"),
            ("metric(\"a, b, c)", "column 8: the quote \" is not closed"),
            ("at(metric(a, b, c), 5)", "column 4: found 'metric', but a curve(method, axis, set, metric) fits here"),
            ("at(curve(a, b, c, d))", "column 21: found ')', but ',' fits here: at(curve(…), x)"),
            ("1 + curve(a, b, c, d)", "column 5: a curve has no value of its own; read it with at, first or best"),
            ("first(curve(a, b, c, d), 5)", "column 26: found '5', but '>=' or '<=' fits here"),
            ("first(curve(a, b, c, d), > 5)", "column 26: found '>', but '>=' or '<=' fits here"),
            ("best(curve(a, b, c, d), 5)", "column 25: found '5', but 'x <= limit' fits here"),
            ("curve(a, b", "column 1: a curve has no value of its own; read it with at, first or best"),
            ("check()", "column 7: found ')', but a name fits here: check(name)"),
        ]
    )
    func malformed(text: String, message: String) throws {
        let error = #expect(throws: ClaimError.self) { try ClaimParser.parse(text) }
        #expect(error?.description == message)
    }

    @Test("an expression that would exhaust the stack is refused")
    func depth() throws {
        for text in [
            String(repeating: "(", count: 100_000), String(repeating: "-", count: 100_000) + "1",
            Array(repeating: "1", count: 100_000).joined(separator: "+"),
        ] {
            let error = #expect(throws: ClaimError.self) { try ClaimParser.parse(text) }
            #expect(error?.message == "more than 200 numbers, functions and parentheses; make two claims of it")
        }
        #expect(throws: Never.self) {
            try ClaimParser.parse(Array(repeating: "1", count: 200).joined(separator: "+"))
        }
    }

    @Test("no text makes the parser trap")
    func anyText() {
        var state: UInt64 = 1
        func draw(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let pieces = [
            "metric", "(", ")", ",", "curve", "first", ">=", "<=", "1", "%", "e", ".", "-", "\"", " ", "x", "é", "\n",
        ]
        for _ in 0..<2000 {
            let text = (0..<draw(below: 13)).map { _ in pieces[draw(below: pieces.count)] }
            _ = try? ClaimParser.parse(text.joined())
        }
    }
}

@Suite("Claims of an experiment file")
struct ClaimCheckTests {
    private let names = ClaimNames(
        methods: ["base", "gate", "always"],
        sets: ["devices", "full"],
        metrics: ["accuracy", "auc"],
        costs: ["bytesUp", "bytesDown"],
        axes: ["rate"],
        checks: ["split-equals-unsplit"]
    )

    private func claim(_ left: String, _ right: String = "0", id: String = "gate") -> Claim {
        Claim(id: id, text: "", left: left, relation: .atLeast, right: right)
    }

    @Test("a claim is read from its JSON, with one of four relations")
    func coded() throws {
        let json = #"{"id": "a", "text": "b", "left": "1", "relation": "<=", "right": "60 %"}"#
        let claim = try JSONDecoder().decode(Claim.self, from: Data(json.utf8))
        #expect(claim == Claim(id: "a", text: "b", left: "1", relation: .atMost, right: "60 %"))
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Claim.self, from: Data(json.replacing("<=", with: "=").utf8))
        }
    }

    @Test(
        "an unknown name is told with the claim, the side, the column and the name that is near",
        arguments: [
            ("metric(gat, devices, auc)", "column 8: there is no method 'gat'; did you mean 'gate'?"),
            ("metric(other, devices, auc)", "column 8: there is no method 'other'; methods: base, gate, always"),
            ("metric(gate, device, auc)", "column 14: there is no set 'device'; did you mean 'devices'?"),
            ("sd(gate, \"devices \", auc)", "column 10: there is no set 'devices '; did you mean 'devices'?"),
            ("1 + metric(gate, full, acuracy)", "column 24: there is no metric 'acuracy'; did you mean 'accuracy'?"),
            ("cost(gate, bytesup)", "column 12: there is no cost 'bytesup'; did you mean 'bytesUp'?"),
            ("at(curve(gate, rates, full, auc), 1)", "column 16: there is no axis 'rates'; did you mean 'rate'?"),
            (
                "at(curve(gate, rate, full, auc), cost(gat, bytesUp))",
                "column 39: there is no method 'gat'; did you mean 'gate'?"
            ),
            ("check(unbiased)", "column 7: there is no check 'unbiased'; checks: split-equals-unsplit"),
        ]
    )
    func unknown(text: String, message: String) {
        let left = #expect(throws: ClaimError.self) { try Claim.check([claim(text)], names: names) }
        #expect(left?.description == "claim 'gate', left, \(message)")
        let right = #expect(throws: ClaimError.self) { try Claim.check([claim("0", text)], names: names) }
        #expect(right?.description == "claim 'gate', right, \(message)")
    }

    @Test("what is not listed may be anything, and known names pass")
    func passes() throws {
        try Claim.check([claim("metric(gate, full, auc) / cost(base, bytesUp)")], names: names)
        try Claim.check([claim("metric(a, b, c) - at(curve(d, e, f, g), check(h))")], names: ClaimNames())
    }

    @Test("ids are there and unique, and malformed expressions are told at reading")
    func identifiers() {
        func message(_ claims: [Claim]) -> String? {
            #expect(throws: ClaimError.self) { try Claim.check(claims, names: names) }?.description
        }
        #expect(message([claim("1"), claim("2")]) == "two claims have the id 'gate'; give each its own")
        #expect(message([claim("1", id: "")]) == "a claim has no id; give it one that is its own")
        #expect(
            message([claim("1", "2 3")])
                == "claim 'gate', right, column 3: found '3', but an operator (+ - * /) or the end fits here"
        )
    }
}
