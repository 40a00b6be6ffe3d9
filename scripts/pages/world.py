"""A folder that looks like a checkout, with what a page takes to be there."""

import os
import re
import shutil
import socket
import subprocess

from pages import files

PATIENCE = 600  # seconds that one thing may take
# As with fewer epochs: what a command takes where it does not say.
ENVIRONMENT = {
    "METANETWORK_EPOCHS": "1", "METANETWORK_ROUNDS": "2", "METANETWORK_LOCAL_EPOCHS": "1", "METANETWORK_DEVICES": "10", "METANETWORK_AT_ONCE": "5",
    "METANETWORK_MIN_CHARACTERS": "100", "METANETWORK_MIN_DEVICES": "1", "METANETWORK_ADMIN_PORT": "0", "METANETWORK_LAG": "2",
    "METANETWORK_SYNTHESIS_STEPS": "3", "METANETWORK_REGISTRY": "registry", "METANETWORK_BOOTSTRAP": "20", "METANETWORK_WIDTH": "8",
}
# What a page takes to be there beside the data, by the words that `give` knows.
GIVEN = {
    "Examples/Phone/README.md": ["bundle NAME"],
    "docs/method.md": ["publisher", "keys"],
    "docs/onnx.md": ["bundle movies"],
    "docs/federated.md": ["publisher", "keys", "federation"],
    "docs/operations.md": ["bundle movies", "bundle second/movies", "certificate", "retrain-publisher", "store", "deploy"],
    "docs/scale.md": ["publisher", "keys", "parquet", "store"],
    "docs/wire.md": ["publisher", "bundle movies", "registry"],
    "docs/experiments.md": ["experiments"],
}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class PageError(Exception):
    """What a page takes to be there cannot be made, or ended."""


# What ends a page, and no other one.
FAILURES = (PageError, subprocess.SubprocessError, OSError)


class World:
    """A folder in which the blocks of a page are run."""

    def __init__(self, root, tool, base, page):
        self.root, self.page, self.folder = root, page, os.path.join(base, re.sub(r"\W", "-", page))
        self.port = free_port()
        shims = os.path.join(base, "shims")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "METANETWORK_", "PG"))}, **ENVIRONMENT,
            "METANETWORK_PORT": str(self.port), "METANETWORK_DEPS": os.path.join(root, ".deps"), "METANETWORK_DATA": os.path.join(base, "data"),
            "PYTHONPATH": os.path.join(root, ".deps/python"), "PATH": shims + os.pathsep + os.environ["PATH"], "XDG_CACHE_HOME": os.path.join(base, "cache"),
            "CURL_HOME": shims, "PAGES_TOOL": tool, "PAGES_SERVICE": os.path.join(base, "service"), "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.base, self.shims = base, shims

    def prepare(self):
        """Makes the folder, and what the page takes to be there."""
        if not os.path.exists(self.shims):
            self.make_base(self.base, self.shims)
        os.makedirs(os.path.join(self.folder, "bin"))
        os.symlink(os.path.join(self.shims, "metanetwork"), os.path.join(self.folder, "bin/metanetwork"))
        os.symlink(os.path.join(self.base, "data"), os.path.join(self.folder, "data"))
        shutil.copytree(os.path.join(self.root, "Examples"), os.path.join(self.folder, "Examples"), ignore=shutil.ignore_patterns(".build"))
        files.models(self.folder)
        files.tables(self.root, self.folder)
        for name in GIVEN.get(self.page, ()):
            self.give(*name.split())

    def make_base(self, base, shims):
        """What all pages share."""
        files.data(self.root, os.path.join(base, "data"))
        os.makedirs(shims)
        own = os.path.join(self.root, "scripts/pages/tool.py")
        for name in ("metanetwork", "tool"):
            os.symlink(own, os.path.join(shims, name))
        # An answer that is a problem is a failure.
        with open(os.path.join(shims, ".curlrc"), "w") as file:
            file.write("fail\nshow-error\n")
        # Targets are looked for, and not made.
        with open(os.path.join(shims, "make"), "w") as file:
            file.write("#!/bin/sh\nexec %s --dry-run -C '%s' \"$@\" >/dev/null\n" % (shutil.which("make"), self.root))
        os.chmod(os.path.join(shims, "make"), 0o755)

    def shell(self, text):
        done = subprocess.run(["bash", "-c", "set -eu\n" + text], cwd=self.folder, env=self.environment, timeout=PATIENCE, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise PageError("%s: status %d: %s" % (text, done.returncode, done.stdout[-2000:]))
        return done.stdout

    def give(self, what, name=""):
        """Makes one thing that a page takes to be there."""
        if what == "bundle":
            seed = 2 if name.startswith("second") else 1
            self.shell("metanetwork train --data ml-100k --seed %d --quiet --out runs/%s" % (seed, name))
        elif what in ("publisher", "retrain-publisher"):
            self.shell("metanetwork keys new %s --publisher" % what)
        elif what == "keys":
            self.shell("mkdir keys && metanetwork keys new keys/signing && umask 077 && openssl rand -hex 32 > keys/tokens && "
                       "openssl rand -hex 16 > keys/apps")
        elif what == "registry":
            self.shell("metanetwork train --task classification --data readings.csv --model small.json --quiet --out runs/digits\n"
                       "metanetwork train --task classification --data readings.csv --model large.json --generator none --quiet --out runs/large/digits\n"
                       "metanetwork publish runs/movies --registry registry --publisher-key publisher\n"
                       "metanetwork publish runs/digits --registry registry --publisher-key publisher\n"
                       "metanetwork publish runs/large/digits --registry registry --cloud-model")
        elif what == "federation":
            with open(os.path.join(self.root, self.page), encoding="utf-8") as file:
                text = re.search(r"```yaml\n(# digits\.yaml\n.*?)```", file.read(), re.DOTALL).group(1)
            with open(os.path.join(self.folder, "digits.yaml"), "w") as file:
                file.write(text)
            self.shell("metanetwork keys new keys/federation --publisher\n"
                       "metanetwork federate --data digits --model linear --quiet --out runs/digits")
        elif what == "store":
            address = self.shell("python3 '%s/scripts/private-seaweedfs' start store" % self.root).split()[-1]
            self.environment.update(AWS_ENDPOINT_URL=address, AWS_ACCESS_KEY_ID="publisher", AWS_SECRET_ACCESS_KEY="secret-of-publisher",
                                    AWS_REGION="us-east-1")
        elif what == "parquet":
            files.parquet(self.folder, self.environment)
        elif what == "certificate":
            files.certificate(self.folder)
        else:
            place = {"deploy": "deploy", "experiments": "Experiments"}[what]
            shutil.copytree(os.path.join(self.root, place), os.path.join(self.folder, place))

    def end(self):
        """Ends what the page has started, the store too where the service does not end."""
        try:
            if os.path.exists(self.shims):
                self.shell("tool --end-service")
        finally:
            if os.path.exists(os.path.join(self.folder, "store")):
                self.shell("python3 '%s/scripts/private-seaweedfs' stop store" % self.root)
