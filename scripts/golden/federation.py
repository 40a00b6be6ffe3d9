"""The exchanges of a federation: turns, models and updates of two rounds of two devices, and its refusals."""

import json
import os
import subprocess
from struct import pack

from .exchanges import Recorder
from .service import Service

MODEL = "gestures"
ROUTE = "/v1/models/%s/federation" % MODEL
CLASSES = ["rest", "wave", "turn"]
PARAMETERS = 9
ARCHITECTURE = {
    "name": "gestures", "inputs": [{"kind": "vector", "name": "reading", "width": 2}],
    "nodes": [{"name": "logits", "operation": "dense", "inputs": ["reading"], "units": 3, "dynamic": True}],
    "output": "logits",
}


def whole(values, loss):
    """An update of all values as they are."""
    coded = pack("<BBIff", 0, 32, len(values), min(values), max(values)) + pack("<%df" % len(values), *values)
    return pack("<fI", loss, len(coded)) + coded


def marked(places, codes, least, most, loss):
    """An update of a few values in 8 bits, with a bit for each value that says whether it is kept."""
    bits = sum(1 << place for place in places).to_bytes((PARAMETERS + 7) // 8, "little")
    coded = pack("<BBIff", 1, 8, len(places), least, most) + bits + bytes(codes)
    return pack("<fI", loss, len(coded)) + coded


def distant(places, codes, least, most, loss):
    """The same with the distances of the places."""
    steps = bytes(place - before - 1 for before, place in zip([-1] + places, places))
    coded = pack("<BBIff", 2, 8, len(places), least, most) + steps + bytes(codes)
    return pack("<fI", loss, len(coded)) + coded


def settings(folder, **others):
    with open(os.path.join(folder, "architecture.json"), "w") as file:
        json.dump(ARCHITECTURE, file)
    values = dict({
        "name": MODEL, "start": os.path.join(folder, "architecture.json"), "classes": ",".join(CLASSES),
        "folder": os.path.join(folder, "state"), "method": "fedavg", "rounds": 2, "at-once": 2, "quorum": 2,
        "deadline": 600, "retry": 7, "local-epochs": 2, "local-batch": 4, "local-rate": 0.1, "norm-bound": 100, "seed": 5,
    }, **others)
    path = os.path.join(folder, "federation.yaml")
    with open(path, "w") as file:
        file.write("".join("%s: %s\n" % pair for pair in sorted(values.items())))
    return path


class Device(Recorder):
    """A device of the federation; what it does is recorded under a name, or else just done."""

    def __init__(self, service, folder, label, name):
        Recorder.__init__(self, service, folder, label)
        self.name = name

    def joins(self, name, status=200, examples=12):
        body = {"examples": examples, "nonce": "golden-%s" % name}
        return self.record(name, "POST", ROUTE + "/turns", body, status=status)

    def sends(self, name, update, number=0, status=200):
        headers = self.headers({"content-type": "application/octet-stream"}, self.token)
        path = "%s/rounds/%d/updates" % (ROUTE, number)
        answer = self.send("POST", path, update, headers)
        self.keep(name, ("POST", path, headers, update), answer)
        if answer[0] != status:
            raise RuntimeError("%s: %d instead of %d: %r" % (name, answer[0], status, answer[2][:500]))


def record_federation(tool, folder, out, label="3"):
    os.makedirs(os.path.join(folder, "registry"))
    key = os.path.join(folder, "publisher")
    subprocess.run([tool, "keys", "new", key, "--publisher"], check=True, stdout=subprocess.DEVNULL)
    path = settings(folder, **{"publisher-key": key})
    with Service(tool, os.path.join(folder, "registry"), folder, "--federation", path, "--device-rate", "100000") as service:
        first, second, third = (Device(service, out, label, "golden-device-%d" % number) for number in (1, 2, 3))
        for device, name in ((first, "token"), (second, "token-second"), (third, "token-third")):
            device.authorize(name, device.name)
        first.record("problem-404-federation", "GET", "/v1/models/movies/federation", status=404)
        first.joins("turn")
        first.record("model", "GET", ROUTE + "/rounds/0/model")
        steps = [0.25 * (place - 4) for place in range(PARAMETERS)]
        third.sends("problem-409-not-joined", whole(steps, 0.5), status=409)
        first.sends("problem-400-update", whole(steps, 0.5)[:-1], status=400)
        first.sends("problem-422-not-finite", whole(steps[:-1] + [float("nan")], 0.5), status=422)
        first.sends("problem-422-too-long", whole([100 * value for value in steps], 0.5), status=422)
        first.sends("update", whole(steps, 0.5))
        first.sends("problem-409-already-arrived", whole(steps, 0.5), status=409)
        second.joins("turn-second", examples=4)
        third.joins("problem-429-round-full", status=429)
        first.record("status", "GET", ROUTE)
        second.sends("update-marked", marked([0, 4, 8], [0, 51, 255], -1, 1.55, 0.25))
        first.joins("turn-next")
        first.record("model-next", "GET", ROUTE + "/rounds/1/model")
        first.sends("problem-409-round-over", whole(steps, 0.5), status=409)
        first.sends("update-next", distant([1, 2, 7], [255, 0, 102], -0.55, 2, 0.125), 1)
        second.joins("turn-second-next", examples=4)
        second.sends("update-second-next", whole(steps[::-1], 0.125), 1)
        first.joins("problem-410-over", status=410)
        first.record("status-over", "GET", ROUTE)
