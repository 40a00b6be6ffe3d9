"""A released service with fixed keys, as a context."""

import base64
import hashlib
import os
import socket
import subprocess
import time

APP_KEY = "golden-app-key-0123456789"
# A private key that signs nothing but fixtures.
PRIVATE_KEY = base64.b64encode(hashlib.sha256(b"metanetwork golden fixtures").digest()).decode()


class Service:
    """Runs `metanetwork serve`; has its `url` and its public `key` (id, base64)."""

    def __init__(self, tool, registry, folder, *options):
        signing = os.path.join(folder, "signing")
        with open(os.open(signing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(PRIVATE_KEY + "\n")
        self.output = os.path.join(folder, "serve.txt")
        self.command = [
            tool, "serve", "--registry", registry, "--signing-key", signing, "--port", "0", "--admin-port", "0",
            "--drain-delay", "0", "--batch-delay", "100"] + list(options)

    def __enter__(self):
        with open(self.output, "wb") as output:
            environment = dict(os.environ, METANETWORK_APP_KEYS=APP_KEY)
            self.process = subprocess.Popen(self.command, stdout=output, env=environment)
        for _ in range(600):
            with open(self.output) as file:
                words = [line.split() for line in file]
            serving = [line[1] for line in words if line[:1] == ["serving"]]
            keys = [(line[2], line[3]) for line in words if line[:2] == ["public", "key"]]
            if serving and keys:
                self.url, self.key = serving[0], keys[0]
                return self
            time.sleep(0.1)
        raise RuntimeError("the service does not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def publish(tool, folder, bundle, *options):
    """Publishes a bundle, signed with a key of the folder's."""
    key = os.path.join(folder, "publisher")
    if not os.path.exists(key):
        subprocess.run([tool, "keys", "new", key, "--publisher"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([tool, "publish", bundle, "--publisher-key", key, "--quiet"] + list(options), check=True,
                   stdout=subprocess.DEVNULL)
