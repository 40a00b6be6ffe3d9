"""The exchanges of a device that learned a code and shares it: what the SDK itself sends, and the refusals of codes."""

import csv
import http.server
import json
import os
import random
import subprocess
import threading

from .exchanges import Recorder
from .service import APP_KEY, Service, publish

MODEL = "gestures"
ROUTE = "/v1/models/%s" % MODEL
ARCHITECTURE = {
    "name": "gestures", "inputs": [{"kind": "vector", "name": "reading", "width": 3}],
    "nodes": [
        {"name": "even", "operation": "standardize", "inputs": ["reading"]},
        {"name": "features", "operation": "dense", "inputs": ["even"], "units": 6, "activation": "tanh", "dynamic": True},
        {"name": "logits", "operation": "dense", "inputs": ["features"], "units": 2},
    ],
    "output": "logits", "sample": "even",
}
# What the SDK sends of its own accord; others are the system's.
SENT = {"authorization", "content-type", "metanetwork-accept", "range", "if-none-match"}


class Listener(http.server.ThreadingHTTPServer):
    """Passes a device's requests on to the service, and keeps each under a name with its answer."""

    def __init__(self, recorder):
        http.server.ThreadingHTTPServer.__init__(self, ("127.0.0.1", 0), Passing)
        self.recorder, self.names, self.lock = recorder, [], threading.Lock()
        self.url = "http://127.0.0.1:%d" % self.server_address[1]

    def name(self, method, path):
        """As the other recordings call them: by the route, and a number for what is asked again."""
        last = path.rsplit("/", 1)[-1]
        name = "deletion" if method == "DELETE" else {"tokens": "token", MODEL: "manifest"}.get(last, last)
        with self.lock:
            self.names.append(name)
            count = self.names.count(name)
        return name if count == 1 else "%s-%d" % (name, count)

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.thread.join()
        self.server_close()


class Passing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def passed(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0)) or None
        headers = {name.lower(): value for name, value in self.headers.items() if name.lower() in SENT}
        recorder = self.server.recorder
        answer = recorder.send(self.command, self.path, body, headers)
        name = self.server.name(self.command, self.path)
        recorder.keep(name, (self.command, self.path, headers, body), answer)
        status, kept, content = answer
        self.send_response(status)
        for header, value in kept.items():
            if header != "content-length":
                self.send_header(header, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = passed

    def log_message(self, *_):
        pass


def train(tool, folder):
    """A bundle with a basis: each device turns the readings by an angle of its own."""
    draw = random.Random(5)
    with open(os.path.join(folder, "readings.csv"), "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["device", "a", "b", "c", "class"])
        for device in range(24):
            shift = draw.uniform(-1, 1)
            for _ in range(40):
                reading = [round(draw.uniform(-1, 1), 4) for _ in range(3)]
                rows.writerow(["d%d" % device] + reading + ["wave" if reading[0] + shift > reading[1] else "rest"])
    with open(os.path.join(folder, "gestures.json"), "w") as file:
        json.dump(ARCHITECTURE, file)
    bundle = os.path.join(folder, MODEL)
    subprocess.run(
        [tool, "train", "--task", "classification", "--data", "readings.csv", "--model", "gestures.json",
         "--generator", "meta-patch", "--generator-window", "8", "--patch-rank", "4", "--patch-width", "2", "--epochs", "8",
         "--learning-rate", "0.01", "--batch", "64", "--threads", "1", "--seed", "1", "--quiet", "--out", bundle],
        cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return bundle


class Other(Recorder):
    """A device that repeats what another sent, or sends what is no code of the version."""

    def posts(self, name, events, status=200):
        return self.record(name, "POST", ROUTE + "/events", {"events": events}, status=status)


def record_codes(tool, device, folder, out, label="3"):
    """Records `wire` exchanges in OUT, the registry beside them, and what the device learned (learned.json)."""
    registry = os.path.join(out, "registry")
    publish(tool, folder, train(tool, folder), "--registry", registry)
    events = os.path.join(folder, "events.sqlite")
    with Service(tool, registry, folder, "--events", events, "--device-rate", "100000") as service:
        recorder = Other(service, out, label)
        with Listener(recorder) as listener:
            command = [device, "codes", listener.url, "%s=%s" % service.key, APP_KEY, os.path.join(folder, "store")]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        with open(os.path.join(out, "learned.json"), "wb") as file:
            file.write(done.stdout)
        with open(os.path.join(out, "events.json"), encoding="utf-8") as file:
            sent = json.loads(json.load(file)["request"]["text"])["events"]
        recorder.authorize("token-other", "golden-device-2")
        refuse(recorder, sent[0])


def refuse(recorder, good):
    """What happens to a code that comes again, and to those that are none."""
    code = good["code"]

    def event(number, **members):
        return {"id": "golden-code-%d" % number, "item": "", "time": good["time"], "code": dict(code, **members)}

    recorder.posts("events-other", [event(1)])
    recorder.posts("events-repeated", [event(1)])
    # Infinity and zeros; a value too few; a version that is not there.
    bad = [event(2, values="AACAfwAAAAAAAAAAAAAAAA=="), event(3, values=code["values"][:16]), event(4, version="0" * 64)]
    recorder.posts("events-refused", [event(5)] + bad)
    for name, wrong in zip(("problem-422-not-finite", "problem-422-values", "problem-422-version"), bad):
        recorder.posts(name, [wrong], status=422)
    beside = dict(event(6), item="AAAAAAAAAAAAAAAA")
    recorder.posts("problem-422-beside", [beside], status=422)
    recorder.posts("problem-400-code", [dict(event(7), code=5)], status=400)
