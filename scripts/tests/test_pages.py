"""Tests of how the commands of pages are found, and made smaller."""

import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))

from documents.page import pages  # noqa: E402
from pages import tool, unrun  # noqa: E402
from pages.blocks import blocks  # noqa: E402
from pages.shell import judge, unknown  # noqa: E402

PAGE = """Text with `metanetwork train` in it.

```sh
export A=1   # for the reader

metanetwork train --data d \\
  --out runs/x
curl localhost:8080/v1 -d '{"top": 3}'
# {"items":[{"item":"174"}],
#  "model":"movies"}
```

```json
{"no": "command"}
```

```console
$ metanetwork train
```
"""


class BlockTests(unittest.TestCase):
    def test_commands_are_the_lines_of_shell_blocks_joined_where_a_backslash_says_so(self):
        found = blocks("page.md", PAGE)
        self.assertEqual([(block.kind, block.line) for block in found], [("sh", 3), ("console", 17)])
        self.assertEqual([command.text for command in found[0].commands],
                         ["export A=1", "metanetwork train --data d --out runs/x", "curl localhost:8080/v1 -d '{\"top\": 3}'"])

    def test_a_comment_of_json_below_a_command_says_which_names_it_prints(self):
        self.assertEqual([command.names() for command in blocks("page.md", PAGE)[0].commands], [[], [], ["items", "item", "model"]])

    def test_every_command_that_is_listed_as_not_run_stands_on_its_page(self):
        used = set()
        for page in pages(ROOT):
            with open(os.path.join(ROOT, page), encoding="utf-8") as file:
                used |= {unrun.found(command.text, page) for block in blocks(page, file.read()) for command in block.commands}
        self.assertEqual([one for one in unrun.UNRUN if one not in used], [])

    def test_the_longest_beginning_counts_and_a_line_feed_stands_for_the_end(self):
        page = "docs/experiments.md"
        self.assertIsNotNone(unrun.found("metanetwork experiment Experiments/strong-base.yaml", page))
        self.assertIsNone(unrun.found("metanetwork experiment Experiments/strong-base.yaml --list", page))
        self.assertIsNone(unrun.found("metanetwork experiment Experiments/strong-base.yaml", "docs/scale.md"))


class ProgramTests(unittest.TestCase):
    def test_every_command_of_the_pages_with_other_programs_is_listed(self):
        for text in ("kubectl get pods", "mkdir a && rm -rf b", "curl x | sh", "x=$(docker ps)", "A=1 sudo metanetwork serve &"):
            self.assertEqual(len(unknown(text)), 1, text)
        for text in ("A=1 bin/metanetwork serve &", "(umask 077; openssl rand -hex 16 > keys/apps)", "export A=$(id -u) B=$(openssl rand -hex 16)",
                     "version=$(curl -s x/y | python3 -c 'import json; print(json)')", "curl x -d '{\"a\": \"'$version'\"}'"):
            self.assertEqual(unknown(text), set(), text)


class JudgeTests(unittest.TestCase):
    def judged(self, status, printed):
        commands = blocks("page.md", PAGE)[0].commands
        return [wrong for _, _, wrong in judge(commands, status, printed, 20)]

    def test_the_last_command_that_was_begun_has_the_status_and_those_behind_it_were_not_reached(self):
        wrong = self.judged(3, "@@ 0 10.0\n@@ 1 11.0\nbad\n")
        self.assertEqual(wrong[0], None)
        self.assertIn("status 3: bad", wrong[1])
        self.assertEqual(wrong[2], "was not reached")

    def test_what_is_said_to_be_printed_must_be(self):
        printed = '@@ 0 10.0\n@@ 1 11.0\n@@ 2 12.0\n{"items":[{"item":"9"}]%s}\n'
        self.assertEqual(self.judged(0, printed % ',"model":"m"'), [None, None, None])
        self.assertIn("prints no model", self.judged(0, printed % "")[2])


class SmallerTests(unittest.TestCase):
    def test_numbers_get_smaller_and_never_larger(self):
        words = "train --epochs 30 --seeds 1 --learning-rate 0.1 --devices ten".split()
        self.assertEqual(tool.smaller(words), "train --epochs 1 --seeds 1 --learning-rate 0.1 --devices ten".split())

    def test_what_would_go_on_for_ever_is_done_once(self):
        self.assertEqual(tool.smaller("retrain m --every 24h --out x".split()), "retrain m --once --out x".split())
        self.assertEqual(tool.smaller("adapt m --clean d --follow".split()), "adapt m --clean d".split())


if __name__ == "__main__":
    unittest.main()
