"""nginx as deploy/nginx.conf has it, on this machine: other ports, other replicas, and a certificate of its own."""

import os
import re
import socket
import subprocess
import time

from programs import DEPLOY

# Debian's nginx keeps these where root alone may write.
PLACES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def make_certificate(folder):
    """A certificate for 127.0.0.1 and its key, where the settings will look for them; the path of the certificate."""
    certificate = os.path.join(folder, "chain.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-out", certificate, "-keyout",
                    os.path.join(folder, "key.pem")], check=True, stderr=subprocess.DEVNULL)
    return certificate


def write_settings(folder, port, replicas, more=""):
    """The settings for a port and the ports of the replicas, of which there may be fewer than three; the path of their file.

    `more` is put into the server.
    """
    with open(os.path.join(DEPLOY, "nginx.conf"), encoding="utf-8") as file:
        text = file.read()
    places = "".join("    %s_temp_path %s/%s;\n" % (name, folder, name) for name in PLACES)
    for pattern, replacement in (
            (r"10\.0\.0\.(\d):8080", lambda found: "127.0.0.1:%d" % replicas[(int(found[1]) - 1) % len(replicas)]),
            (r"/etc/nginx/metanetwork", folder),
            (r"listen 443 (.*;)", r"listen 127.0.0.1:%d \1 %s" % (port, more)),
            (r"http \{\n", "http {\n%s" % places)):
        text, count = re.subn(pattern, replacement, text)
        if not count:
            raise RuntimeError("deploy/nginx.conf has no %s" % pattern)
    path = os.path.join(folder, "nginx.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write("daemon off;\npid %s/nginx.pid;\nerror_log %s/nginx.log;\n%s" % (folder, folder, text))
    return path


def start(nginx, folder, port, replicas, more=""):
    """nginx with these settings, once it takes connections: its process."""
    process = subprocess.Popen([nginx, "-p", folder, "-c", write_settings(folder, port, replicas, more)])
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return process
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                process.kill()
                process.wait()
                raise RuntimeError("nginx does not start: see what it printed")
            time.sleep(0.05)
