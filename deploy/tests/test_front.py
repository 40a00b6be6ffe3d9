"""A service behind nginx, as deploy/nginx.conf has it, asked over HTTP/2 and over HTTP/1.1."""

import json
import os
import secrets
import shutil
import subprocess
import tempfile
import unittest

import front
from programs import ROOT, program, serve_program

from golden.service import APP_KEY, Service, free_port

MODEL = "/v1/models/movies"


class FrontTests(unittest.TestCase):
    def setUp(self):
        nginx, self.curl = program("nginx", "nginx-light"), program("curl", "curl")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, port = folder.name, free_port()
        registry = shutil.copytree(os.path.join(ROOT, "Tests", "Golden", "registry"), os.path.join(self.folder, "registry"))
        service = Service(serve_program(), registry, self.folder, "--behind-proxy", "true").__enter__()
        self.addCleanup(service.__exit__)
        self.certificate, self.url = front.make_certificate(self.folder), "https://127.0.0.1:%d" % port
        balancer = front.start(nginx, self.folder, port, [int(service.url.rsplit(":", 1)[1])])
        self.addCleanup(balancer.wait)
        self.addCleanup(balancer.terminate)

    def ask(self, path, *options, body=None, token=APP_KEY):
        """The version of HTTP, the status, the headers and the body of an answer."""
        command = [self.curl, "--silent", "--show-error", "--cacert", self.certificate, "--header", "Authorization: Bearer " + token,
                   "--dump-header", "-", *options]
        if body is not None:
            command += ["--header", "Content-Type: application/json", "--data", json.dumps(body)]
        printed = subprocess.run(command + [self.url + path], stdout=subprocess.PIPE, check=True).stdout
        head, _, content = printed.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        return (*first.split()[:2], {name.lower(): value for name, value in headers.items()}, content)

    def test_a_device_gets_its_weights_over_http_2_and_one_that_knows_none_over_http_1(self):
        for option, version in (("--http2", "HTTP/2"), ("--http1.1", "HTTP/1.1")):
            with self.subTest(version):
                spoken, status, _, body = self.ask("/v1/tokens", option, body={"device": "device-" + secrets.token_hex(8)})
                self.assertEqual((spoken, status), (version, "200"), body)
                token = json.loads(body)["token"]
                spoken, status, headers, body = self.ask(MODEL, option, token=token)
                self.assertEqual((spoken, status), (version, "200"), body)
                model = json.loads(body)["version"]
                unchanged = self.ask(MODEL, option, "--header", "If-None-Match: " + headers["etag"], token=token)
                self.assertEqual(unchanged[:2], (version, "304"))
                part = self.ask("%s/versions/%s/device" % (MODEL, model), option, "--range", "0-99", token=token)
                self.assertEqual((*part[:2], len(part[3])), (version, "206", 100))
                spoken, status, headers, body = self.ask(MODEL + "/parameters", option, token=token, body={
                    "version": model, "samples": ["film-1", "film-2"], "nonce": secrets.token_hex(8)})
                self.assertEqual((spoken, status), (version, "200"), body)
                self.assertIn("metanetwork-signature", headers)


if __name__ == "__main__":
    unittest.main()
