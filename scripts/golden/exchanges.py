"""The exchanges over HTTP, each a JSON file with its request and response; bodies that are no text lie beside it."""

import base64
import hashlib
import http.client
import json
import os
import struct
import threading
import time
import urllib.parse

from .service import APP_KEY

NOW = "now"
# Headers that belong to the protocol; others (date, server, connection) say nothing about it.
KEPT = {"content-type", "etag", "metanetwork-signature", "metanetwork-release", "content-range", "accept-ranges", "allow", "retry-after",
        "www-authenticate", "cache-control", "content-length"}
MODEL = "/v1/models/movies"


class Recorder:
    def __init__(self, service, folder, label=None):
        self.service, self.folder, self.label = service, folder, label
        self.token = None

    def headers(self, more=None, bearer=None):
        """Those of a client that reads the label; one of before there were several says nothing of it."""
        headers = dict({"metanetwork-accept": self.label} if self.label else {}, **(more or {}))
        if bearer:
            headers["authorization"] = "Bearer " + bearer
        return headers

    def send(self, method, path, body=None, headers=None):
        """Sends a request: (status, headers, body)."""
        address = urllib.parse.urlsplit(self.service.url)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            kept = {name.lower(): value for name, value in response.getheaders() if name.lower() in KEPT}
            return response.status, kept, response.read()
        finally:
            connection.close()

    def record(self, name, method, path, body=None, headers=None, bearer=NOW, status=200):
        """Sends a request and keeps it with its answer; the answer's body."""
        headers = self.headers(headers, self.token if bearer == NOW else bearer)
        if body is not None:
            headers["content-type"] = "application/json"
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.send(method, path, body, headers)
        self.keep(name, (method, path, headers, body), answer)
        if answer[0] != status:
            raise RuntimeError("%s: %d instead of %d: %r" % (name, answer[0], status, answer[2][:500]))
        return answer[2]

    def keep(self, name, request, answer):
        method, path, headers, body = request
        status, kept, content = answer
        exchange = {
            "recorded": int(time.time()),
            "key": "%s=%s" % self.service.key,
            "request": {"method": method, "path": path, "headers": headers, **self._body(name + ".request", body)},
            "response": {"status": status, "headers": kept, **self._body(name + ".response", content)},
        }
        with open(os.path.join(self.folder, name + ".json"), "w", encoding="utf-8") as file:
            json.dump(exchange, file, indent=1, sort_keys=True)
            file.write("\n")

    def _body(self, name, body):
        """A body as text, as the name of a file, or by its length where it is long and without meaning."""
        if not body:
            return {}
        if len(body) > 1 << 16:
            return {"spaces": len(body)}
        try:
            text = body.decode()
            if "\0" not in text:
                return {"text": text}
        except UnicodeDecodeError:
            pass
        with open(os.path.join(self.folder, name + ".bin"), "wb") as file:
            file.write(body)
        return {"file": name + ".bin"}

    def authorize(self, name="token", device="golden-device-1"):
        body = self.record(name, "POST", "/v1/tokens", {"device": device}, bearer=APP_KEY)
        self.token = json.loads(body.decode())["token"]


def record_wire(service, folder, label=None):
    """All kinds of requests and, of the problems, all that a healthy service has."""
    recorder = Recorder(service, folder, label)
    record = recorder.record
    recorder.authorize()
    record("models", "GET", "/v1/models")
    manifest = json.loads(record("manifest", "GET", MODEL).decode())
    version = manifest["version"]
    tag = '"%s"' % version
    record("manifest-unchanged", "GET", MODEL, headers={"if-none-match": tag}, status=304)
    files = {}
    for name in ("device", "vocabulary"):
        path = "%s/versions/%s/%s" % (MODEL, version, name)
        files[name] = record(name, "GET", path)
        record(name + "-range", "GET", path, headers={"range": "bytes=8-39"}, status=206)
        headers = {"if-none-match": '"%s"' % hashlib.sha256(files[name]).hexdigest()}
        record(name + "-unchanged", "GET", path, headers=headers, status=304)
        record(name + "-bad-range", "GET", path, headers={"range": "bytes=99999999-"}, status=416)
    width = item_width(files["device"])
    record_parameters(recorder, version, width)
    record_batch(recorder, version)
    events = [{"id": "golden-event-%02d" % at, "item": "film-%d" % (at % 24 + 1), "time": 1700000100 + at}
              for at in range(12)]
    record("events", "POST", MODEL + "/events", {"events": events})
    record("events-repeated", "POST", MODEL + "/events", {"events": events[6:]})
    for name, path in (("health", "/healthz"), ("ready", "/readyz")):
        record(name, "GET", path, bearer=None)
    record_problems(recorder, version, width)


def item_width(device):
    """The width of the table of items in the device's weights."""
    (length,) = struct.unpack("<Q", device[:8])
    header = json.loads(device[8:8 + length].decode())
    return next(entry["shape"][1] for name, entry in header.items() if "embedding" in name or "history" in name)


def record_parameters(recorder, version, width):
    samples = ["film-%d" % number for number in (3, 4, 5, 9)]
    vectors = [[round(0.25 * ((row * 3 + column) % 7 - 3), 2) for column in range(width)] for row in range(3)]
    for how, history in (("ids", {"samples": samples}), ("embeddings", {"embeddings": vectors})):
        for payload in ("f32", "f16", "int8"):
            name = "parameters-%s-%s" % (how, payload)
            body = {"version": version, "nonce": "golden-%s-%s" % (how, payload), "format": payload, **history}
            recorder.record(name, "POST", MODEL + "/parameters", body)
    recorder.record("parameters-default", "POST", MODEL + "/parameters",
                    {"version": version, "nonce": "golden-default", "samples": samples})


def record_batch(recorder, version, tries=20):
    """An answer that was generated, and so signed, together with others: its signature is longer."""
    path = MODEL + "/parameters"
    headers = recorder.headers({"content-type": "application/json"}, recorder.token)
    for attempt in range(tries):
        found = []

        def ask(number):
            body = json.dumps({"version": version, "nonce": "golden-batch-%d-%d" % (attempt, number), "format": "f32",
                               "samples": ["film-%d" % (number % 24 + 1)]}).encode()
            answer = recorder.send("POST", path, body, headers)
            signature = base64.b64decode(answer[1].get("metanetwork-signature", "=").split("=", 1)[1])
            if len(signature) > 64:
                found.append((body, answer))

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if found:
            body, answer = found[0]
            return recorder.keep("parameters-batch", ("POST", path, headers, body), answer)
    raise RuntimeError("no answer was signed together with others")


def record_problems(recorder, version, width):
    record = recorder.record
    parameters, events = MODEL + "/parameters", MODEL + "/events"

    def body(nonce, **fields):
        return {"version": version, "nonce": nonce, "samples": ["film-1"], **fields}

    record("problem-400-json", "POST", parameters, b"{", status=400)
    record("problem-400-field", "POST", parameters, body("short"), status=400)
    record("problem-401-no-token", "GET", MODEL, bearer=None, status=401)
    record("problem-401-bad-token", "GET", MODEL, bearer="no-token", status=401)
    record("problem-401-app-key", "POST", "/v1/tokens", {"device": "golden-device-1"}, bearer="wrong", status=401)
    record("problem-404-model", "GET", "/v1/models/books", status=404)
    record("problem-404-path", "GET", "/v2/models", status=404)
    record("problem-409-file", "GET", "%s/versions/%s/device" % (MODEL, "0" * 64), status=409)
    record("problem-405", "GET", parameters, status=405)
    record("problem-409", "POST", parameters, {**body("golden-gone-version"), "version": "0" * 64}, status=409)
    record("problem-413", "POST", parameters, b" " * (4 << 20), status=413)
    record("problem-422-samples", "POST", parameters, {**body("golden-unknown"), "samples": ["nothing"]}, status=422)
    record("problem-422-nonce", "POST", parameters, body("golden-default"), status=422)
    record("problem-422-width", "POST", parameters,
           {"version": version, "nonce": "golden-width", "embeddings": [[0.5] * (width + 1)]}, status=422)
    if recorder.label:
        # There is no such problem since: a time to come is stored as now. But there is one of labels.
        return record("problem-406", "GET", MODEL, headers={"metanetwork-accept": "1"}, status=406)
    future = {"id": "golden-future", "item": "film-1", "time": int(time.time()) + 10 ** 6}
    record("problem-422-future", "POST", events, {"events": [future]}, status=422)


def record_limits(service, folder, label=None):
    """The problem of a device that asks too often."""
    recorder = Recorder(service, folder, label)
    recorder.authorize("token-again")
    headers = recorder.headers(bearer=recorder.token)
    for _ in range(10_000):
        answer = recorder.send("GET", MODEL, headers=headers)
        if answer[0] == 429:
            return recorder.keep("problem-429", ("GET", MODEL, headers, None), answer)
    raise RuntimeError("nobody is refused for asking too often")
