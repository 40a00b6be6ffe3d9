"""Checks what scripts/phones says of the machine, with an `unshare` that only ends."""

import os
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from phones.network import is_possible  # noqa: E402


class NetworkTests(unittest.TestCase):
    def test_phones_have_a_network_of_their_own_where_mounting_succeeds_and_not_where_root_may_not(self):
        for script, expected in (("exit 0", True), ("exit 1", False), (None, False)):
            with self.subTest(script), tempfile.TemporaryDirectory() as folder:
                if script:
                    path = os.path.join(folder, "unshare")
                    with open(path, "w") as file:
                        file.write("#!/bin/sh\n%s\n" % script)
                    os.chmod(path, 0o755)
                with mock.patch.dict(os.environ, PATH=folder):
                    self.assertEqual(is_possible(), expected)


if __name__ == "__main__":
    unittest.main()
