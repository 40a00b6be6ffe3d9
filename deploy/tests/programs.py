"""The programs that the tests of deploy/ run."""

import os
import shutil
import unittest

DEPLOY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(DEPLOY)


def program(name, package):
    """Where a program is; without it the test is skipped."""
    found = shutil.which(name, path=os.pathsep.join(
        [os.path.join(ROOT, ".deps", "python", "bin"), os.environ["PATH"], "/usr/sbin"]))
    if not found:
        raise unittest.SkipTest("%s: make packages installs %s on Debian" % (name, package))
    return found
