"""Replicas behind nginx, as deploy/nginx.conf has it."""

import os
import subprocess
import sys
import unittest

from programs import ROOT, program

VERSIONS = os.path.join(ROOT, "Tests", "Golden", "registry", "movies", "versions")
REQUESTS = 8000


class ReplicaTests(unittest.TestCase):
    def test_no_request_fails_and_no_device_goes_back_while_replicas_are_killed_and_a_version_is_published(self):
        program("nginx", "nginx-light")
        tool = os.environ.get("METANETWORK_TOOL", os.path.join(ROOT, "Cloud", ".build", "debug", "metanetwork"))
        bundles = [os.path.join(VERSIONS, name) for name in sorted(os.listdir(VERSIONS))[:2]]
        done = subprocess.run(
            [sys.executable, "-B", os.path.join(ROOT, "Benchmarks", "replicas"), *bundles, str(REQUESTS)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(os.environ, METANETWORK_TOOL=tool))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"[1-9]\d* kills: 0 failed, 0 times a device went back, 0 of \d+ devices")


if __name__ == "__main__":
    unittest.main()
