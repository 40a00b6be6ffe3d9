"""The exchanges of a model whose publisher signed it: the manifest, the word that nothing has changed, and the log."""

import base64
import hashlib
import json
import os
import subprocess

from .exchanges import MODEL, Recorder
from .service import Service

# A private key that signs nothing but fixtures.
PRIVATE_KEY = base64.b64encode(hashlib.sha256(b"metanetwork golden publisher").digest()).decode()


def sign_release(tool, registry, folder):
    """Signs what a registry has released; the publisher's public key as `id=base64`."""
    key = os.path.join(folder, "publisher")
    with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("publisher %s\n" % PRIVATE_KEY)
    subprocess.run([tool, "registry", "sign", "movies", "--registry", registry, "--publisher-key", key], check=True,
                   stdout=subprocess.DEVNULL)
    words = subprocess.check_output([tool, "keys", "show", key, "--publisher"], universal_newlines=True).split()
    return "%s=%s" % tuple(words[2:4])


def record_release(tool, registry, folder, out, label="3"):
    """Signs what a registry has released, serves it, and records the exchanges in OUT; the publisher's public key stands in `publisher`."""
    with open(os.path.join(out, "publisher"), "w", encoding="utf-8") as file:
        file.write(sign_release(tool, registry, folder) + "\n")
    with Service(tool, registry, folder) as service:
        recorder = Recorder(service, out, label)
        recorder.authorize()
        version = json.loads(recorder.record("manifest", "GET", MODEL).decode())["version"]
        recorder.record("manifest-unchanged", "GET", MODEL, headers={"if-none-match": '"%s"' % version}, status=304)
        recorder.record("log", "GET", MODEL + "/log")
