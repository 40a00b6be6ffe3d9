"""The image of deploy/Containerfile: built, and run as a container that serves a model."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from programs import ROOT, program, serve_program

from golden.service import free_port

GOLDEN = os.path.join(ROOT, "Tests", "Golden", "registry")
USER = 65532


def libraries(path):
    """The files that a program is linked with, the loader among them."""
    printed = subprocess.check_output(["ldd", path], text=True)
    return re.findall(r"(/\S+) \(0x", printed)


class ImageTests(unittest.TestCase):
    def setUp(self):
        self.buildah, self.serve = program("buildah", "buildah"), serve_program()
        if os.geteuid() != 0:
            raise unittest.SkipTest("the image is built by root alone: sudo scripts/test-deployment")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        storage = os.path.join(self.folder, "storage.conf")
        with open(storage, "w") as file:
            file.write('[storage]\ndriver = "vfs"\ngraphroot = "%s/images"\nrunroot = "%s/run"\n' % (self.folder, self.folder))
        # Neither a daemon nor namespaces are needed, so that this runs inside of a container too.
        self.environment = dict(os.environ, CONTAINERS_STORAGE_CONF=storage, BUILDAH_ISOLATION="chroot",
                                BUILDER="buildah", METANETWORK_SERVE=self.serve)

    def build(self, *arguments):
        done = subprocess.run([self.buildah, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def make_base(self):
        """A base of this machine's own files instead of one from a registry: a shell, `install`, and what programs are linked with."""
        root = os.path.join(self.folder, "root")
        for name in ("bin", "lib", "lib64"):
            os.makedirs(os.path.join(root, "usr", name))
            os.symlink("usr/" + name, os.path.join(root, name))
        os.mkdir(os.path.join(root, "tmp"), 0o1777)
        programs = [shutil.which(name) for name in ("bash", "install")]
        for path in set(programs).union(*(libraries(path) for path in programs + [self.serve])):
            place = root + ("/usr" + path if path.split("/")[1] in ("bin", "lib", "lib64") else path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy(path, place)
        base = self.build("from", "scratch")
        self.build("copy", "--quiet", base, root, "/")
        self.build("commit", "--quiet", base, "localhost/base")
        shutil.rmtree(root)

    def make_image(self):
        self.make_base()
        done = subprocess.run(
            [os.path.join(ROOT, "deploy", "build-image"), "localhost/metanetwork", "--build-arg", "BASE=localhost/base"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stdout)
        return json.loads(self.build("inspect", "--type", "image", "localhost/metanetwork"))["Docker"]["config"]

    def make_keys(self):
        """Keys as Kubernetes mounts a Secret with fsGroup: its user may read them by the group alone."""
        keys = os.path.join(self.folder, "secret")
        os.mkdir(keys)
        for name, text in (("tokens", "t" * 32), ("apps", "a" * 16), ("admin", "o" * 16)):
            path = os.path.join(keys, name)
            with open(path, "w") as file:
                file.write(text + "\n")
            os.chmod(path, 0o440)
            os.chown(path, 0, USER)
        return keys

    def answer(self, url, token=None):
        request = urllib.request.Request(url, headers={"Authorization": "Bearer " + token} if token else {})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def test_is_built_without_a_registry_serves_as_nobody_and_tells_whether_it_is_healthy(self):
        config = self.make_image()
        self.assertEqual((config["User"], config["Entrypoint"]), ("%d:%d" % (USER, USER), ["/usr/local/bin/metanetwork-serve"]))
        check = config["Healthcheck"]["Test"]
        self.assertEqual(check[0], "CMD")
        own = os.path.join(self.folder, "keys")
        os.mkdir(own, 0o700)
        os.chown(own, USER, USER)
        ports = (free_port(), free_port())
        settings = {"PORT": ports[0], "ADMIN_PORT": ports[1], "BEHIND_PROXY": "true", "ADMIN_HOST": "0.0.0.0",
                    "ADMIN_TOKEN_FILE": "/keys/admin", "EPHEMERAL_SIGNING_KEY": "true", "TOKEN_SECRET_FILE": "/keys/tokens",
                    "APP_KEY_FILE": "/keys/apps", "DRAIN_DELAY": 0}
        options = ["--volume", GOLDEN + ":/registry:ro", "--volume", self.make_keys() + ":/secret:ro", "--volume", own + ":/keys"]
        for name, value in settings.items():
            options += ["--env", "METANETWORK_%s=%s" % (name, value)]
        container = self.build("from", "localhost/metanetwork")
        run = ["run", *options, container, "--"]
        self.assertEqual(self.build(*run, "bash", "-c", "echo $UID; echo > /new 2> /tmp/refusal || echo refused"), "%d\nrefused" % USER)
        # The init container of deploy/kubernetes/deployment.yaml.
        self.build(*run, "install", "-m", "0400", "-t", "/keys", "/secret/tokens", "/secret/apps", "/secret/admin")
        healthy = [self.buildah, *run, *check[1:]]
        self.assertNotEqual(subprocess.run(healthy, env=self.environment, stderr=subprocess.DEVNULL).returncode, 0)
        log = open(os.path.join(self.folder, "serve.log"), "w+")
        self.addCleanup(log.close)
        service = subprocess.Popen([self.buildah, *run, *config["Entrypoint"]], env=self.environment, stdout=log, stderr=log)
        try:
            end = time.monotonic() + 120
            while self.answer("http://127.0.0.1:%d/readyz" % ports[0]) != 200:
                log.seek(0)
                self.assertTrue(service.poll() is None and time.monotonic() < end, log.read())
                time.sleep(0.1)
            self.assertEqual(subprocess.run(healthy, env=self.environment).returncode, 0)
            metrics = "http://127.0.0.1:%d/metrics" % ports[1]
            self.assertEqual((self.answer(metrics), self.answer(metrics, "o" * 16)), (401, 200))
        finally:
            service.terminate()
            service.wait(timeout=60)


if __name__ == "__main__":
    unittest.main()
