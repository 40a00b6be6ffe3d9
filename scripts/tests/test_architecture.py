"""Plants what scripts/check-architecture must refuse into small checkouts, and what it must not."""

import os
import subprocess
import sys
import tempfile
import unittest

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, SCRIPTS)

from architecture import source  # noqa: E402

GOOD = {
    "Sources/MetaNetwork/Graph/Graph.swift": "public struct Graph { let architecture: Architecture }\n",
    "Sources/MetaNetwork/Architecture/Architecture.swift": "public struct Architecture {}\n",
    "Sources/MetaNetworkDevice/Model.swift": "import MetaNetwork\nstruct Model { let graph: Graph }\n",
    "Cloud/Sources/MetaNetworkServer/Service.swift": "import Foundation\nimport MetaNetwork\nstruct Service {}\n",
}


class ArchitectureTests(unittest.TestCase):
    def check(self, changes, *options):
        """The exit status and what was printed for the good checkout with other files."""
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**GOOD, **changes}.items():
                path = os.path.join(root, path)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            command = [sys.executable, os.path.join(SCRIPTS, "check-architecture"), "--sources", root]
            done = subprocess.run(command + list(options), stdout=subprocess.PIPE, universal_newlines=True)
            return done.returncode, done.stdout

    def refused(self, changes, *words):
        status, text = self.check(changes)
        self.assertEqual(status, 1, text)
        for word in words:
            self.assertIn(word, text)

    def allowed(self, changes):
        status, text = self.check(changes)
        self.assertEqual(status, 0, text)

    def test_allows_what_is_allowed_and_draws_it(self):
        status, text = self.check({}, "--draw")
        self.assertEqual(status, 0, text)
        self.assertIn("1  MetaNetworkDevice -> MetaNetwork\n", text)
        self.assertIn("0  Architecture\n  1  Graph        -> Architecture\n", text)

    def test_refuses_an_import_that_is_not_allowed(self):
        path = "Cloud/Sources/MetaNetworkServer/Learn.swift"
        for line in ("import Torch", "@testable import Torch", "package import struct Torch.Tensor"):
            self.refused({path: "import MetaNetwork\n%s\n" % line}, path + ":2: MetaNetworkServer may not import Torch")
        self.refused({"Sources/MetaNetworkDevice/Text.swift": "import Foundation\n"}, "may not import Foundation")
        self.refused({"Sources/Another/Text.swift": ""}, "module Another is not in")
        self.refused({"Cloud/Tests/SomeTests/A.swift": "import metanetwork\n"}, "SomeTests may not import metanetwork")

    def test_refuses_a_circle_of_folders(self):
        path = "Sources/MetaNetwork/Architecture/Check.swift"
        self.refused(
            {path: "extension Architecture { func check(_ graph: Graph) {} }\n"},
            "Sources/MetaNetwork: folders in a circle: Architecture -> Graph (" + path + ":1: Graph), "
            "Graph -> Architecture (Sources/MetaNetwork/Graph/Graph.swift:1: Architecture)")

    def test_refuses_a_circle_by_an_extension_a_nested_type_a_function_or_a_member(self):
        path = "Sources/MetaNetwork/Architecture/Check.swift"
        self.refused({path: "extension Graph {}\n"}, "Architecture -> Graph")
        nested = {"Sources/MetaNetwork/Graph/Part.swift": "extension Architecture { enum Part { case whole } }\n"}
        self.refused({**nested, path: "let part = Architecture.Part.whole\n"}, "Check.swift:1: Part")
        self.refused({**nested, path: "extension Architecture { var part: Part { .whole } }\n"}, "Check.swift:1: Part")
        function = {"Sources/MetaNetwork/Graph/Sort.swift": "func sortNodes() {}\n"}
        self.refused({**function, path: "func check() { sortNodes() }\n"}, "Check.swift:1: sortNodes")
        member = {"Sources/MetaNetwork/Graph/Nodes.swift": "extension Array { func inReadingOrder() -> Self { self } }\n"}
        self.refused({**member, path: "func check(_ all: [Int]) { _ = all.inReadingOrder() }\n"}, "1: inReadingOrder")

    def test_refuses_a_circle_of_three_folders_and_one_with_the_root(self):
        self.refused(
            {"Sources/MetaNetwork/Architecture/A.swift": "struct A { let w: Weight }\n",
             "Sources/MetaNetwork/Weights/Weight.swift": "struct Weight { let graph: Graph }\n"},
            "Architecture -> Weights", "Weights -> Graph", "Graph -> Architecture")
        self.refused(
            {"Sources/MetaNetwork/Root.swift": "struct Root { let graph: Graph }\n",
             "Sources/MetaNetwork/Graph/Up.swift": "struct Up { let root: Root }\n"},
            "the module's root -> Graph", "Graph -> the module's root")

    def test_takes_no_word_for_a_use_that_is_none(self):
        path = "Sources/MetaNetwork/Architecture/Check.swift"
        for text in (
            "// Graph\n/* Graph /* Graph */ Graph */\n",
            "let text = \"Graph\" + #\"a \"Graph\" \\(Graph)\"# + \"\"\"\nGraph \"Graph\"\n\"\"\"\n",
            "enum Kind { case Graph }\nlet kind: Kind = .Graph\n",
            "struct Check<Graph> { let graph: Graph }\n",
            "struct Check { private struct Graph {}\nlet graph: Graph }\n",
            "func check(graph: Int) { let Graph = graph; _ = Graph }\n",
        ):
            self.allowed({path: text})
        self.refused({path: "let text = \"a \\(\"b\" + Graph.name) c\"\n"}, "Check.swift:1: Graph")

    def test_refuses_what_no_source_may_call(self):
        path = "Cloud/Sources/MetaNetworkServer/Call.swift"
        for call in ("let a = try! b()", "let a = b as! C", "fatalError(\"no\")", "nonisolated(unsafe) var a = 1"):
            self.refused({path: "func f() {\n%s\n}\n" % call}, path + ":2: no `")
        self.refused({path: "final class A: @unchecked Sendable {}\n"}, "needs a comment")
        self.allowed({path: "// It has no state.\nfinal class A: @unchecked Sendable {}\n"})
        self.refused({"Cloud/Sources/MetaNetworkServer/TextUtils.swift": ""}, "a vague file name")

    def test_lets_mistakes_trap_in_the_cloud_and_never_on_a_phone(self):
        for call in ("preconditionFailure(\"a row\")", "precondition(true)"):
            self.allowed({"Cloud/Sources/MetaNetworkServer/Trap.swift": "func f() { %s }\n" % call})
            for module in ("MetaNetwork", "MetaNetworkDevice"):
                self.refused({"Sources/%s/Trap.swift" % module: "func f() { %s }\n" % call}, "nothing traps on a phone")

    def test_keeps_the_lines_of_what_it_blanks(self):
        text = "a /* b\n c */ d\n\"\"\"\n e\n\\(f)\n\"\"\" // g\nh"
        self.assertEqual(source.code(text).split("\n"), ["a  ", " d", "\"", "", "(f)", "\" ", "h"])


if __name__ == "__main__":
    unittest.main()
