"""Devices that share what their users chose, or what they saw, with a service that was just started."""

import base64
import concurrent.futures
import json
import random
import ssl
import struct
import urllib.request

DEVICES, CHOICES, ITEMS = 24, 12, 20


def ask(url, path, body=None, bearer=None):
    """What the service answers."""
    headers = {"Content-Type": "application/json"}
    if bearer:
        headers["Authorization"] = "Bearer " + bearer
    data = None if body is None else json.dumps(body).encode()
    # The certificate is one that was made for the page.
    trust = ssl._create_unverified_context()
    with urllib.request.urlopen(urllib.request.Request(url + path, data, headers), timeout=60, context=trust) as answer:
        return answer.read()


def code_length(basis):
    """The values of a code, as the file of a basis has it."""
    header = json.loads(basis[8:8 + struct.unpack("<Q", basis[:8])[0]])
    return header["start"]["shape"][0]


def choices(manifest, items, basis, device, draw):
    """What a device shares of a model: items, or inputs where it is over vectors; and a code where it has a basis."""
    if manifest["items"] == 0:
        width = 1
        for size in ("length", "width", "height", "channels"):
            width *= manifest["architecture"]["inputs"][0].get(size, 1)
        for number in range(CHOICES):
            values = [draw.random() for _ in range(width)]
            item = base64.b64encode(struct.pack("<%de" % width, *values)).decode()
            yield {"id": "input-%04d-%d" % (number, device), "item": item, "time": number, "uncertainty": draw.random()}
        return
    for number in range(CHOICES):
        yield {"id": "choice-%04d" % number, "item": items[draw.randrange(min(ITEMS, len(items)))], "time": 1000 + number}
    if basis:
        length = code_length(basis)
        values = [draw.uniform(-1, 1) for _ in range(length)]
        code = {"version": manifest["version"], "values": base64.b64encode(struct.pack("<%df" % length, *values)).decode()}
        yield {"id": "code-0001", "item": "", "time": 2000, "code": code}


def live(url, app_key, device):
    """A device that shares with every model of a service."""
    draw = random.Random(device)
    bearer = json.loads(ask(url, "/v1/tokens", {"device": "reader-%04d" % device}, app_key))["token"] if app_key else None
    for model in json.loads(ask(url, "/v1/models", None, bearer))["models"]:
        place = "/v1/models/%s" % model
        manifest = json.loads(ask(url, place, None, bearer))
        files = {name: ask(url, "%s/versions/%s/%s" % (place, manifest["version"], name.split(".")[0]), None, bearer)
                 for name in ("vocabulary.tsv", "basis.safetensors") if name in manifest["files"]}
        items = [line.split("\t")[0] for line in files.get("vocabulary.tsv", b"").decode().splitlines()]
        events = list(choices(manifest, items, files.get("basis.safetensors"), device, draw))
        ask(url, place + "/events", {"events": events}, bearer)


def share(url, app_key):
    """Devices share at once, as a store may answer a second later; without an app key all are one."""
    with concurrent.futures.ThreadPoolExecutor(DEVICES) as pool:
        for done in [pool.submit(live, url, app_key, device) for device in range(DEVICES)]:
            done.result()
