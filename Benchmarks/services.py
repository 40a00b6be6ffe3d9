"""What the benchmarks of the service share: registries, secrets, and services as processes."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

TOOL = os.path.abspath(os.environ["METANETWORK_TOOL"]) if "METANETWORK_TOOL" in os.environ else "bin/metanetwork"
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))


def fail(message):
    sys.exit("%s: error: %s" % (os.path.basename(sys.argv[0]), message))


def secret_file(folder, name, text):
    path = os.path.join(folder, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
    return path


def signing_key(folder):
    path = os.path.join(folder, "signing")
    subprocess.run([TOOL, "keys", "new", path], check=True, stdout=subprocess.DEVNULL)
    return path


def publish(bundle, registry):
    """Makes a bundle the current version: its model, its version, and raw ids of its items."""
    key = registry + ".publisher"
    if not os.path.exists(key):
        subprocess.run([TOOL, "keys", "new", key, "--publisher"], check=True, stdout=subprocess.DEVNULL)
    command = [TOOL, "publish", bundle, "--registry", registry, "--publisher-key", key, "--json"]
    published = json.loads(subprocess.check_output(command))
    model, version = published["model"], published["releases"]["current"]
    with open(os.path.join(registry, model, "versions", version, "vocabulary.tsv")) as file:
        return model, version, [line.split("\t")[0].strip() for line in file]


class Service:
    """A service on a port of its own, which takes any rate from a device."""

    def __init__(self, folder, port, options, environment=None):
        self.environment = environment
        self.port, self.log = port, os.path.join(folder, "serve-%d.log" % port)
        self.command = [TOOL, "serve", "--port", str(port), "--admin-port", "0", "--drain-delay", "0",
                        "--device-rate", "1000000", "--app-key-rate", "1000000000"] + options
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, env=self.environment)
        for _ in range(600):
            try:
                urllib.request.urlopen("http://127.0.0.1:%d/readyz" % self.port, timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        with open(self.log) as log:
            fail("a service does not start: " + log.read()[-500:])

    def resident_megabytes(self):
        with open("/proc/%d/statm" % self.process.pid) as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()
