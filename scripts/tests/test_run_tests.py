"""Runs scripts/run-tests with a `swift` that only says what a test run would, and reads its last line and status."""

import os
import subprocess
import sys
import tempfile
import unittest

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Writes the event stream of `FAKE_EVENTS` for the cloud and notes its arguments; ends with `FAKE_STATUS`.
SWIFT = """#!%s
import os, sys
arguments = sys.argv[1:]
cloud = "Cloud" in arguments
with open(arguments[arguments.index("--event-stream-output-path") + 1], "w") as stream:
    stream.write(os.environ["FAKE_EVENTS"] if cloud else "")
with open(os.environ["FAKE_LOG"], "a") as log:
    log.write(" ".join(arguments) + "\\n")
sys.exit(int(os.environ["FAKE_STATUS"]) if cloud else 0)
""" % sys.executable

TESTS = "\n".join([
    '{"kind":"test","payload":{"id":"A.S","kind":"suite","name":"S","displayName":"The suite"},"version":0}',
    '{"kind":"test","payload":{"id":"A.S/f()/F.swift:1:2","name":"f()","displayName":"works"},"version":0}', ""])
SKIP = ('{"kind":"event","payload":{"kind":"testSkipped","testID":"A.S/f()/F.swift:1:2","messages":'
        '[{"symbol":"skip","text":"Test \\"works\\" skipped: \\"make it\\""}]},"version":0}\n')
TEST = "A.S/f()/F.swift:1:2"
ISSUE = ('{"kind":"event","payload":{"kind":"issueRecorded","testID":"A.S/f()/F.swift:1:2","issue":{"isKnown":%s},'
         '"_sourceLocation":{"fileID":"A/F.swift","line":7},"messages":[{"symbol":"fail","text":"%s"}]},"version":0}\n')
FAILURE = (ISSUE % ("false", "Expectation failed: 1 == 2\\nsaid") + ISSUE % ("true", "a known one")
           + ISSUE % ("false", "Expectation failed: 3 == 4"))


def event(kind, test):
    return '{"kind":"event","payload":{"kind":"%s","testID":"%s"},"version":0}\n' % (kind, test)


def started(test):
    return event("testStarted", test)


def ended(test):
    return event("testEnded", test)


class RunTestsTests(unittest.TestCase):
    def run_tests(self, *arguments, events=TESTS, status=0, strict=False):
        """The exit status, the last line, and the arguments that each `swift` was given."""
        with tempfile.TemporaryDirectory() as folder:
            swift = os.path.join(folder, "swift")
            with open(swift, "w") as file:
                file.write(SWIFT)
            os.chmod(swift, 0o755)
            # What else makes a test be skipped is there.
            for program in ("javac", "node"):
                os.symlink(sys.executable, os.path.join(folder, program))
            environment = dict(
                os.environ, PATH=folder + os.pathsep + os.environ["PATH"], FAKE_EVENTS=events, FAKE_STATUS=str(status),
                FAKE_LOG=os.path.join(folder, "log"), CI="true" if strict else "")
            done = subprocess.run([sys.executable, os.path.join(SCRIPTS, "run-tests")] + list(arguments),
                                  stdout=subprocess.PIPE, universal_newlines=True, env=environment)
            with open(os.path.join(folder, "log")) as log:
                return done.returncode, done.stdout, log.read().splitlines()

    def test_says_that_none_was_skipped(self):
        status, text, calls = self.run_tests("--quick")
        self.assertEqual(status, 0)
        if sys.platform.startswith("linux"):
            self.assertEqual(text, "run-tests: no test was skipped\n")
        self.assertEqual(len(calls), 3)
        self.assertTrue(all("--quick" in call and "--no-parallel" in call for call in calls))
        self.assertIn("--skip ^MetaNetworkServerTests\\.DashboardTests/browser(/|\\(|$)", calls[0])

    def test_names_a_skipped_test_and_what_would_enable_it(self):
        status, text, _ = self.run_tests(events=TESTS + SKIP)
        self.assertEqual(status, 0)
        self.assertIn('1 skipped: A.S "works" (make it)', text.splitlines()[-1])

    def test_fails_on_a_skipped_test_in_continuous_integration(self):
        status, text, _ = self.run_tests(events=TESTS + SKIP, strict=True)
        self.assertEqual(status, 1)
        self.assertIn("that is a failure", text)
        self.assertEqual(self.run_tests(events=TESTS, strict=True)[0], 0 if sys.platform.startswith("linux") else 1)

    def test_fails_where_a_test_failed(self):
        status, text, _ = self.run_tests(
            "--filter", "S", events=TESTS + started(TEST) + FAILURE + ended(TEST), status=1)
        self.assertEqual(status, 1)
        self.assertIn('run-tests: failed: A.S "works": A/F.swift:7: Expectation failed: 1 == 2 said (and 1 more)\n', text)
        self.assertNotIn("a known one", text)

    def test_names_the_test_in_which_the_process_ended(self):
        events = TESTS + started("A.S") + started(TEST)
        status, text, _ = self.run_tests("--filter", "S", events=events + '{"kind":"event","payl', status=1)
        self.assertEqual(status, 1)
        self.assertIn('run-tests: failed: A.S "works": the process ended within it\n', text)
        self.assertEqual(text.count("failed:"), 1)

    def test_runs_the_services_tests_alone_and_finds_each(self):
        status, text, calls = self.run_tests("--services")
        self.assertEqual(status, 1)
        self.assertIn("names MetaNetworkServerTests.KilledServerTests, which is no test", text)
        # Both packages have some, and the cloud's one that takes minutes.
        self.assertEqual(len(calls), 3)
        self.assertNotIn("--skip ", calls[0])
        with open(os.path.join(SCRIPTS, "service-tests.txt")) as file:
            names = [line.strip() for line in file if line.strip() and not line.startswith("#")]
        known = "".join('{"kind":"test","payload":{"id":"%s","name":"x"},"version":0}\n' % name for name in names)
        self.assertEqual(self.run_tests("--services", events=known, strict=True)[0], 0)

    def test_runs_what_takes_minutes_beside_the_others_and_once(self):
        for options, name in (([], "ExperimentCommandTests/quick"), (["--services"], "CommandTests/readme")):
            pattern = "^MetaNetworkToolTests\\.%s(/|\\(|$)" % name
            _, _, calls = self.run_tests(*options)
            cloud = [call for call in calls if "--package-path Cloud" in call]
            self.assertEqual(sorted("--skip " + pattern in call for call in cloud), [False, True], name)
            self.assertEqual(sorted("--filter " + pattern in call for call in cloud), [False, True], name)
            self.assertEqual(["--skip-build" in call for call in cloud].count(True), 1)
        # Whoever filters sees nothing else.
        _, _, calls = self.run_tests("--filter", "OneTests")
        self.assertEqual(len(calls), 2)


if __name__ == "__main__":
    unittest.main()
