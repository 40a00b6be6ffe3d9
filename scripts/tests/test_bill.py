"""What scripts/bill prints, against figures worked out by hand and the page that shows it."""

import os
import subprocess
import sys
import unittest

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def bill(*arguments):
    return subprocess.run(
        [sys.executable, os.path.join(SCRIPTS, "bill"), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class BillTests(unittest.TestCase):
    def lines(self, *arguments):
        """The cells of each line, by its label."""
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in bill(*arguments).stdout.splitlines()]
        return {line[0]: line[1:] for line in cells}

    def test_page(self):
        with open(os.path.join(SCRIPTS, "..", "docs", "scale.md"), encoding="utf-8") as file:
            self.assertIn(bill().stdout, file.read(), "run scripts/bill and put its table into docs/scale.md")

    def test_by_hand(self):
        # 864,000 devices that ask once a day ask ten times a second, and three times as often at the peak.
        own = ("--refreshes", "1", "--handshake", "0", "--answer", "1000", "--requests-per-core", "60", "--handshakes-per-core", "30")
        lines = self.lines("864000", *own)
        self.assertEqual(lines["refreshes a second, mean and peak"], ["10, 30"])
        self.assertEqual(lines["cores busy at the peak: HTTP, generating, signing"], ["0.5"])
        self.assertEqual(lines["cores busy at the peak: TLS handshakes"], ["1"])
        self.assertEqual(lines["bytes a day: out, in"], ["860 MB, 860 MB"])
        # Two times 1.5 cores for 24 hours of 0.04 dollars; 0.864 GB.
        self.assertEqual(lines["dollars a day: cores kept at twice the peak, bytes out"], ["2.9, 0.043"])

    def test_refusals(self):
        for wrong in (("0",), ("ten",), ("--peak", "-1"), ("--requests-per-core", "0"), ("--width", "nan")):
            self.assertEqual(bill(*wrong).returncode, 2, wrong)


if __name__ == "__main__":
    unittest.main()
