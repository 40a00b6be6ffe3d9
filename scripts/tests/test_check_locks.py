"""Has scripts/check-locks look at made-up checkouts, each with one thing wrong."""

import importlib.machinery
import importlib.util
import json
import os
import subprocess
import tempfile
import unittest

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOADER = importlib.machinery.SourceFileLoader("check_locks", os.path.join(SCRIPTS, "check-locks"))
SPEC = importlib.util.spec_from_loader("check_locks", LOADER)
check_locks = importlib.util.module_from_spec(SPEC)
LOADER.exec_module(check_locks)


class CheckLocksTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.lock("crypto 1.0.0\nserver 2.1.0\n")
        self.build(".", crypto="1.0.0")
        self.build("Cloud", crypto="1.0.0", server="2.1.0")
        self.want('exact: "2.1.0"')

    def lock(self, text):
        with open(os.path.join(self.root, "swift-packages.txt"), "w", encoding="utf-8") as file:
            file.write("# A comment.\n" + text)

    def want(self, version):
        """What the manifest of the cloud says of the version of a package; of our own it says a path."""
        with open(os.path.join(self.root, "Cloud", "Package.swift"), "w", encoding="utf-8") as file:
            file.write('dependencies: [\n.package(name: "Main", path: ".."),\n.package(url: "https://example.com/Server.git", %s),\n]' % version)

    def build(self, package, address="https://example.com/package", **versions):
        """What a build has fetched, and our own package, which has no version."""
        dependencies = [{"packageRef": {"identity": name, "location": address},
                         "state": {"checkoutState": {"revision": "a" * 40, "version": version}}} for name, version in versions.items()]
        dependencies.append({"packageRef": {"identity": "main", "location": self.root}, "state": {"name": "fileSystem"}})
        folder = os.path.join(self.root, package, ".build")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "workspace-state.json"), "w", encoding="utf-8") as file:
            json.dump({"object": {"dependencies": dependencies}}, file)

    def faults(self):
        return list(check_locks.faults(self.root))

    def test_what_is_built_as_it_is_locked_has_no_fault(self):
        self.assertEqual(self.faults(), [])

    def test_each_fault_names_the_package_and_the_fix(self):
        for versions, address, word in [
                ({"crypto": "1.0.0", "server": "2.1.1"}, "https://example.com", "took server 2.1.1, swift-packages.txt has 2.1.0"),
                ({"crypto": "1.0.0", "server": "2.1.0", "http": "1.0.0"}, "https://example.com", "took http 1.0.0, swift-packages.txt has none"),
                ({"crypto": "1.0.0", "server": None}, "https://example.com", "server has no version"),
                ({"crypto": "1.0.0"}, "https://example.com", "names server, which nothing is built with"),
                ({"crypto": "1.0.0", "server": "2.1.0"}, "http://example.com", "server comes from http://")]:
            with self.subTest(word):
                self.build("Cloud", address, **versions)
                faults = self.faults()
                self.assertTrue(any(word in fault and "fix: " in fault for fault in faults), faults)

    def test_a_manifest_that_gives_a_range_or_another_version_is_a_fault(self):
        for version, word in [
                ('from: "2.1.0"', 'takes server from: "2.1.0", which builds may resolve otherwise; fix: exact: "2.1.0"'),
                ('exact: "2.0.0"', "wants server 2.0.0, swift-packages.txt has 2.1.0")]:
            with self.subTest(version):
                self.want(version)
                faults = self.faults()
                self.assertEqual(len(faults), 1)
                self.assertIn(word, faults[0])
        self.lock("crypto 1.0.0\n")
        self.assertTrue(any("wants server 2.0.0, swift-packages.txt has none; fix: " in fault for fault in self.faults()))

    def test_what_is_written_is_what_was_built(self):
        self.want('exact: "3.0.0"')
        self.build("Cloud", crypto="1.0.0", server="3.0.0")
        check_locks.write(self.root)
        self.assertEqual(check_locks.locked(self.root), {"crypto": "1.0.0", "server": "3.0.0"})
        self.assertEqual(self.faults(), [])

    def test_an_audit_finds_a_file_of_a_package_that_was_changed_whatever_its_time_says(self):
        place = os.path.join(self.root, "Cloud", ".build", "checkouts", "server")
        os.makedirs(place)
        file = os.path.join(place, "main.swift")
        with open(file, "w", encoding="utf-8") as source:
            source.write("let a = 1\n")
        for arguments in (["init", "--quiet"], ["add", "main.swift"], ["commit", "--quiet", "--message", "a"]):
            subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments], cwd=place, check=True)
        self.assertEqual(list(check_locks.touched(self.root)), [])
        before = os.stat(file)
        with open(file, "w", encoding="utf-8") as source:
            source.write("let a = 2\n")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        self.assertIn("was changed after it was fetched; fix: ", list(check_locks.touched(self.root))[0])

    def test_a_lock_that_is_missing_or_none_is_a_fault(self):
        self.lock("crypto\n")
        self.assertIn("cannot be read", self.faults()[0])
        os.remove(os.path.join(self.root, "swift-packages.txt"))
        self.assertIn("fix: scripts/check-locks --write", self.faults()[0])


if __name__ == "__main__":
    unittest.main()
