"""The programs that the tests of deploy/ run."""

import os
import shutil
import sys
import unittest

DEPLOY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(DEPLOY)
sys.path.append(os.path.join(ROOT, "scripts"))  # golden.service, which runs a service


def program(name, package):
    """Where a program is; without it the test is skipped."""
    found = shutil.which(name, path=os.pathsep.join(
        [os.path.join(ROOT, ".deps", "python", "bin"), os.environ["PATH"], "/usr/sbin"]))
    if not found:
        raise unittest.SkipTest("%s: make packages installs %s on Debian" % (name, package))
    return found


def serve_program():
    """The service without LibTorch."""
    places = [os.path.join(ROOT, *path) for path in (("bin", "metanetwork-serve"), ("Cloud", ".build", "debug", "metanetwork-serve"))]
    for place in [os.environ.get("METANETWORK_SERVE", "")] + places:
        if os.access(place, os.X_OK):
            return os.path.realpath(place)
    raise unittest.SkipTest("metanetwork-serve: make serve, or METANETWORK_SERVE=PROGRAM")
