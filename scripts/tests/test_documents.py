"""Checks scripts/documents over small pages: anchors, links that lead nowhere, and figures that nothing bears out."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from documents.figures import figure_failures  # noqa: E402
from documents.front import conflict_failures, front_failures, size_failures  # noqa: E402
from documents.links import link_failures  # noqa: E402
from documents.page import Page, anchor, pages  # noqa: E402

RESULTS = "# Results\n\n## One\n\n| a | 0.1234 |\n\n## Two\n\n| b | 26,324 |\n"


def failures(readme):
    known = {"README.md": Page("README.md", readme), "docs/results.md": Page("docs/results.md", RESULTS)}
    return figure_failures(known["README.md"], known)


class AnchorTests(unittest.TestCase):
    def test_is_the_one_that_github_gives(self):
        self.assertEqual(anchor("To add …"), "to-add-")
        self.assertEqual(anchor("`din/ml-100k`, [a link](x.md)"), "dinml-100k-a-link")

    def test_of_a_heading_that_stands_twice_is_counted(self):
        self.assertEqual(list(Page("a.md", "# A\n\n# A\n\n```sh\n# no heading\n```\n").headings), ["a", "a-1"])


class LinkTests(unittest.TestCase):
    def test_to_files_and_headings_are_followed_and_others_left(self):
        with tempfile.TemporaryDirectory() as root:
            with open(os.path.join(root, "b.md"), "w") as file:
                file.write("# Head\n")
            with open(os.path.join(root, "a.md"), "w") as file:
                file.write("[1](b.md#head) [2](b.md#tail) [3](c.md) [4](https://example.com/x) `[5](d.md)` [6](../e)\n\n<img src=\"f.png\">\n")
            found = link_failures(root, pages(root))
            self.assertEqual([line.split("'")[1] for line in found], ["b.md#tail", "c.md", "../e", "f.png"])
            self.assertTrue(found[0].startswith("a.md:1: "))


class FigureTests(unittest.TestCase):
    def test_stands_in_the_section_that_its_paragraph_links(self):
        self.assertEqual(failures("Gains 0.1234\n([Results](docs/results.md#one)).\n"), [])
        self.assertEqual(failures("26,324 bytes ([Results](docs/results.md)).\n"), [])

    def test_of_another_section_or_with_another_digit_fails(self):
        self.assertIn("README.md:1: 0.1234", failures("Gains 0.1234 ([Results](docs/results.md#two)).\n")[0])
        self.assertEqual(len(failures("0.1235 and 0.123 and 6,324 ([Results](docs/results.md)).\n")), 3)

    def test_without_a_source_fails_and_a_row_has_that_of_the_paragraph_above(self):
        self.assertIn("nothing says where 0.1234", failures("Gains 0.1234.\n")[0])
        self.assertEqual(failures("See [Results](docs/results.md):\n\n| a |\n| --- |\n| 0.1234 |\n"), [])

    def test_in_code_in_addresses_and_of_papers_is_none(self):
        self.assertEqual(failures("`0.9999`, [p](https://arxiv.org/abs/2209.05227), arXiv 2209.05227, version 0.2.0\n"), [])


class FrontTests(unittest.TestCase):
    def test_is_short_and_begins_with_a_picture(self):
        def found(lines):
            return front_failures(Page("README.md", "\n".join(lines)))

        self.assertEqual(found(["# A", '<img src="f.png">'] + ["b"] * 148), [])
        self.assertIn("no picture", found(["b"] * 14 + ["![f](f.png)"])[0])
        self.assertIn("151 lines", found(["![f](f.png)"] + ["b"] * 150)[0])

    def test_sizes_of_clients_are_theirs_to_a_twentieth(self):
        with tempfile.TemporaryDirectory() as root:
            for folder in ("clients/python/metanetwork_client", "clients/java/src", "clients/javascript/src"):
                os.makedirs(os.path.join(root, folder))
                with open(os.path.join(root, folder, "a"), "wb") as file:
                    file.write(bytes(100 << 10))
            rows = ["| Python | `clients/python/metanetwork_client` | 104 KiB |", "| Java | `clients/java/src` | 96 KiB |",
                    "| JavaScript | `clients/javascript/src` | 106 KiB |"]
            found = size_failures(root, Page("docs/benchmarks.md", "\n".join(rows)))
            self.assertEqual(len(found), 1)
            self.assertIn("JavaScript is to say `clients/javascript/src` and 100 KiB", found[0])


class ConflictTests(unittest.TestCase):
    def test_that_a_merge_left_fails_in_code_too(self):
        text = "# A\n<<<<<<< HEAD\none\n=======\ntwo\n>>>>>>> b\n```sh\n<<<<<<< HEAD\n```\n"
        found = conflict_failures({"a.md": Page("a.md", text)})
        self.assertEqual([line.split(" ")[0] for line in found], ["a.md:2:", "a.md:6:", "a.md:8:"])
        self.assertEqual(conflict_failures({"a.md": Page("a.md", "A\n=======\n\n`<<<<<<< HEAD`, a <<<<<<< b\n")}), [])


if __name__ == "__main__":
    unittest.main()
