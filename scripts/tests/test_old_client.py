"""What scripts/test-old-client does where the history of the repository is missing."""

import os
import shutil
import subprocess
import tempfile
import unittest

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class OldClientTests(unittest.TestCase):
    def run_shallow(self, *arguments, **environment):
        """The exit status and what was printed in a clone that has its newest commit alone."""
        with tempfile.TemporaryDirectory() as folder:
            origin, clone = os.path.join(folder, "origin"), os.path.join(folder, "clone")
            for name in ("golden", "dependencies"):
                shutil.copytree(os.path.join(SCRIPTS, name), os.path.join(origin, "scripts", name))
            shutil.copy(os.path.join(SCRIPTS, "test-old-client"), os.path.join(origin, "scripts"))
            git = ["git", "-C", origin, "-c", "user.name=a", "-c", "user.email=a@b"]
            for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "1"],
                            ["commit", "--quiet", "--allow-empty", "--message", "2"]):
                subprocess.run(git + command, check=True)
            subprocess.run(["git", "clone", "--quiet", "--depth", "1", "file://" + origin, clone], check=True)
            settings = {name: value for name, value in os.environ.items() if name != "CI"}
            done = subprocess.run([os.path.join(clone, "scripts", "test-old-client"), *arguments], stdout=subprocess.PIPE,
                                  universal_newlines=True, env=dict(settings, **environment))
            return done.returncode, done.stdout

    def test_a_shallow_clone_skips_and_says_how_to_get_the_history(self):
        status, text = self.run_shallow()
        self.assertEqual(status, 0, text)
        self.assertIn("1 skipped", text)
        self.assertIn("git fetch --unshallow", text)
        self.assertNotIn("failure", text)

    def test_a_skip_is_a_failure_with_ci_and_where_the_commit_was_named(self):
        status, text = self.run_shallow(CI="true")
        self.assertEqual((status, "that is a failure" in text), (1, True), text)
        self.assertEqual(self.run_shallow("acc7b5b")[0], 1)


if __name__ == "__main__":
    unittest.main()
