"""A bundle of made-up weights, a service in memory that signs and can be told to misbehave, and recorded exchanges."""
from __future__ import annotations

import base64
import contextlib
import copy
import json
import tempfile
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional

import numpy as np
import safetensors.numpy
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from metanetwork_client import (BackOff, Configuration, PersonalModel, PinnedKey, Request, Response, Trust, Unreachable)
from metanetwork_client.model.architecture import Architecture
from metanetwork_client.model.graph import Graph
from metanetwork_client.wire.fields import Fields
from metanetwork_client.wire.json_text import canonical

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "Tests" / "Golden"
LABELS = {"wire": 2, "wire-3": 3}
MODEL = "movies"
ITEMS = 12


class ManualClock:
    """Clocks that a test sets."""

    def __init__(self, now: int = 1_000_000) -> None:
        self.wall, self.up = now, 0.0

    def now(self) -> int:
        return self.wall

    def uptime(self) -> float:
        return self.up

    def advance(self, seconds: float) -> None:
        self.wall, self.up = self.wall + int(seconds), self.up + seconds


class Exchange:
    """A request to a released service and its answer, as scripts/record-golden kept them in a folder for each label."""

    def __init__(self, wire: str, name: str) -> None:
        with open(GOLDEN / wire / f"{name}.json", encoding="utf-8") as file:
            members = json.load(file)
        self.name, self.recorded, self._wire = name, members["recorded"], wire
        self.request, self.answer = members["request"], members["response"]
        self.key = PinnedKey(*members["key"].split("=", 1))

    def _body(self, message: Dict[str, Any]) -> bytes:
        if "file" in message:
            return (GOLDEN / self._wire / message["file"]).read_bytes()
        return message.get("text", " " * message.get("spaces", 0)).encode("utf-8")

    @property
    def sent(self) -> bytes:
        return self._body(self.request)

    @property
    def body(self) -> bytes:
        return self._body(self.answer)

    @property
    def signature(self) -> Optional[str]:
        return self.answer["headers"].get("metanetwork-signature")

    @property
    def response(self) -> Response:
        return Response(self.answer["status"], self.answer["headers"], self.body)


def exchanges(wire: str, prefix: str) -> List[Exchange]:
    """The recorded exchanges whose names begin with a word."""
    return [Exchange(wire, path.stem) for path in sorted((GOLDEN / wire).glob(f"{prefix}*.json"))]


def ranker() -> Dict[str, Any]:
    """The recorded model's architecture, a SASRec of width 4."""
    architecture: Dict[str, Any] = json.loads(Exchange("wire", "manifest").body)["architecture"]
    return architecture


def in_context() -> Dict[str, Any]:
    """A ranker that reads an age and the weather beside history and candidate."""
    def node(name: str, operation: str, *inputs: str, **settings: Any) -> Dict[str, Any]:
        return {"name": name, "operation": operation, "inputs": list(inputs), **settings}

    inputs = [{"name": "history", "kind": "items", "length": 2}, {"name": "candidate", "kind": "item"},
              {"name": "age", "kind": "vector", "width": 1}, {"name": "weather", "kind": "token", "tokens": ["rain", "sun"]}]
    nodes = [node("read", "embedding", "history", table="items", width=2), node("recent", "last", "read"),
             node("even", "standardize", "age"), node("aged", "dense", "even", units=2),
             node("sky", "embedding", "weather", table="weathers", width=2), node("with age", "add", "recent", "aged"),
             node("user", "add", "with age", "sky"), node("target", "embedding", "candidate", table="items", width=2),
             node("score", "dot", "user", "target")]
    return {"name": "ranker", "inputs": inputs, "nodes": nodes, "output": "score"}


def gestures() -> Dict[str, Any]:
    """A classifier of windows of three vectors of two values."""
    return {"name": "gestures", "inputs": [{"name": "reading", "kind": "vectors", "length": 3, "width": 2}],
            "nodes": [{"name": "features", "operation": "dense", "inputs": ["reading"], "units": 4, "activation": "tanh"},
                      {"name": "mean", "operation": "mean", "inputs": ["features"]},
                      {"name": "logits", "operation": "dense", "inputs": ["mean"], "units": 2, "dynamic": True}],
            "output": "logits", "sample": "mean"}


def encode(weights: Dict[str, np.ndarray], metadata: Optional[Dict[str, str]] = None) -> bytes:
    """Safetensors, as the package of that name writes them."""
    data: bytes = safetensors.numpy.save(weights, metadata)
    return data


def seal(manifest: Dict[str, Any]) -> Dict[str, Any]:
    """The manifest with the version of its contents."""
    covered = {key: value for key, value in manifest.items() if key != "version"}
    return {**covered, "version": sha256(b"metanetwork/bundle/2\n" + canonical(covered)).hexdigest()}


class Bundle:
    """A bundle of format 2 with weights by lot.

    Args:
        seed: The weights follow from it.
        architecture: The device model; a ranker where it is None.
        names: The classes of a model over vectors.
        ids: Of the items; of a model over vectors none.
        helps: What the manifest says of the age up to which weights help.
        prompt: The tensor of a prompt.
        change: Changes the manifest before its version is made.
        lie: Changes it afterwards.
    """

    def __init__(self, seed: int = 1, architecture: Optional[Dict[str, Any]] = None, names: Optional[List[str]] = None,
                 helps: Optional[Dict[str, int]] = None, prompt: Optional[np.ndarray] = None, ids: Optional[List[str]] = None,
                 change: Callable[[Dict[str, Any]], Any] = lambda manifest: None,
                 lie: Callable[[Dict[str, Any]], Any] = lambda manifest: None) -> None:
        self.ids = ids or ([] if architecture else [f"film {index}" for index in range(1, ITEMS + 1)])
        description = architecture or ranker()
        self.graph = Graph(Architecture.read(Fields(description)), len(self.ids))
        random = np.random.default_rng(seed)
        self.weights = {parameter.name: random.uniform(-0.8, 0.8, parameter.shape).astype(np.float32)
                        for parameter in self.graph.parameters.values()}
        lines = "".join(f"{name}\t{place + 1}\n" for place, name in enumerate(self.ids))
        self.files = {"device.safetensors": encode(self.weights), "vocabulary.tsv": lines.encode("utf-8")}
        if prompt is not None:
            self.files["prompt.safetensors"] = encode({"prompt": prompt})
        generator = {"form": "plain", "window": 6, "width": 4, "rank": 2, **({"helps": helps} if helps else {})}
        manifest = {"format": 2, "name": MODEL, "architecture": description, "items": len(self.ids), "generator": generator,
                    "files": {name: {"bytes": len(data), "sha256": sha256(data).hexdigest(), "role": name.partition(".")[0]}
                              for name, data in self.files.items()}}
        if not self.ids:
            manifest["outputs"] = {"kind": "classification", "names": names or ["rest", "wave"]}
        change(manifest)
        self.manifest = seal(manifest)
        lie(self.manifest)
        self.body = json.dumps(self.manifest).encode("utf-8")

    @property
    def version(self) -> str:
        return str(self.manifest["version"])

    @property
    def contents(self) -> Dict[str, bytes]:
        return {"manifest.json": self.body, **self.files}

    def write(self, folder: Path) -> Path:
        """Writes the bundle as a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in self.contents.items():
            (folder / name).write_bytes(data)
        return folder

    def personal(self, samples: int) -> Dict[str, np.ndarray]:
        """Weights as a generator would make them of some samples: the global ones, shifted."""
        shifted = {}
        for name, parameter in self.graph.parameters.items():
            if parameter.is_dynamic:
                values = self.weights[name].reshape(-1)
                shift = ((np.arange(values.size) + samples) % 5) * 0.25 - 0.5
                shifted[name] = (values + shift).astype(np.float32).reshape(parameter.shape)
        return shifted


@dataclass
class Forged:
    """An answer with parameters on its way, and what is done to it."""

    weights: Dict[str, np.ndarray]
    metadata: Dict[str, str]
    body: Callable[[bytes], bytes] = lambda data: data
    tamper: Callable[[bytes], bytes] = lambda data: data
    signature: Callable[[str], Optional[str]] = lambda header: header
    subject: str = "parameters"
    neighbours: List[bytes] = field(default_factory=list)


class FakeService:
    """The service in memory: a transport."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle, self.label, self.lifetime = bundle, 3, 3_600
        self.key = Ed25519PrivateKey.generate()
        self.interrupt: Callable[[Request], Optional[Response]] = lambda request: None
        self.forge: Callable[[Forged], Any] = lambda answer: None
        self.forge_answer: Callable[[Dict[str, Any]], Any] = lambda answer: None
        self.answer_subject = "answer"
        # What a publisher says of the version, as the service passes it on.
        self.release: Optional[str] = None
        self.tokens: Optional[List[str]] = None
        self.token_devices: List[str] = []
        # Whether it gives challenges, as services of release 0.1 do not; whether it asks for proofs; those of its tokens.
        self.gives_challenges, self.needs_proofs = False, False
        self.proofs: List[Optional[Dict[str, Any]]] = []
        self.requests: List[Request] = []
        self.questions: List[Dict[str, Any]] = []

    @property
    def pinned(self) -> PinnedKey:
        return PinnedKey("k1", base64.b64encode(self.key.public_key().public_bytes_raw()).decode("ascii"))

    def go_offline(self) -> None:
        def fail(request: Request) -> Response:
            raise Unreachable("no network")

        self.interrupt = fail

    def count(self, ending: str) -> int:
        return sum(request.url.endswith(ending) for request in self.requests)

    def send(self, request: Request) -> Response:
        self.requests.append(replace(request, headers=dict(request.headers)))
        response = self.interrupt(request) or self._answer(request)
        if request.sink is None or not request.sink.begin(response):
            return response
        for start in range(0, len(response.body), 100):
            request.sink.take(response.body[start:start + 100])
        return Response(response.status, response.headers)

    def _answer(self, request: Request) -> Response:
        if request.url.endswith("/v1/tokens"):
            return self._token(request)
        if request.url.endswith("/v1/challenges"):
            return self._challenge(request)
        bearer = request.headers.get("Authorization", "").replace("Bearer ", "")
        if self.tokens is not None and bearer not in self.tokens:
            return problem(401, "the token is not valid")
        if self.needs_proofs and not (bearer and self.proofs[int(bearer.rpartition(" ")[2]) - 1]):
            return problem(403, "the token was given without a proof of the device", type="urn:metanetwork:problem:device-unproven")
        for name, data in self.bundle.files.items():
            if request.url.endswith(f"/versions/{self.bundle.version}/{name.partition('.')[0]}"):
                return Response(200, {"ETag": f'"{sha256(data).hexdigest()}"'}, data)
        if request.url.endswith("/parameters"):
            return self._parameters(json.loads(request.body or b""))
        if request.url.endswith("/answers"):
            return self._cloud_answer(json.loads(request.body or b""))
        if request.url.endswith(f"/models/{MODEL}"):
            release = {"MetaNetwork-Release": self.release} if self.release is not None else {}
            if request.headers.get("If-None-Match") == f'"{self.bundle.version}"':
                return Response(304, release)
            return Response(200, {"MetaNetwork-Signature": self.sign(self.bundle.body, "manifest"), **release}, self.bundle.body)
        return problem(404, "there is no such path")

    def _challenge(self, request: Request) -> Response:
        if not self.gives_challenges:
            return problem(404, "there is no such path")
        if (request.method, request.body, request.headers.get("Authorization")) != ("POST", None, "Bearer app key"):
            return problem(401, "no such app key")
        challenge = {"challenge": f"challenge {len(self.proofs)}", "expires": 2_000_000}
        return Response(200, {}, json.dumps(challenge).encode("ascii"))

    def _token(self, request: Request) -> Response:
        if request.headers.get("Authorization") != "Bearer app key":
            return problem(401, "no such app key")
        message = json.loads(request.body or b"")
        self.token_devices.append(message["device"])
        self.proofs.append(message.get("proof"))
        token = {"token": f"token {len(self.token_devices)}", "expires": 2_000_000}
        return Response(200, {}, json.dumps(token).encode("ascii"))

    def _parameters(self, question: Dict[str, Any]) -> Response:
        self.questions.append(question)
        if question["version"] != self.bundle.version:
            return problem(409, "that version is gone")
        samples = len(question.get("samples") or question["embeddings"])
        answer = Forged(self.bundle.personal(samples), {
            "model": MODEL, "version": self.bundle.version, "nonce": question["nonce"], "samples": str(samples),
            "generated": "1000000", "expires": str(1_000_000 + self.lifetime)})
        self.forge(answer)
        body = answer.body(encode(answer.weights, answer.metadata))
        header = answer.signature(self.sign(body, answer.subject, answer.neighbours))
        return Response(200, {"MetaNetwork-Signature": header} if header is not None else {}, answer.tamper(body))

    def _cloud_answer(self, question: Dict[str, Any]) -> Response:
        self.questions.append(question)
        answer = {"model": MODEL, "version": question["version"], "cloudVersion": "large", "nonce": question["nonce"],
                  "outputs": [-5, 5]}
        self.forge_answer(answer)
        body = json.dumps(answer).encode("utf-8")
        return Response(200, {"MetaNetwork-Signature": self.sign(body, self.answer_subject)}, body)

    def sign(self, body: bytes, kind: str, neighbours: Optional[List[bytes]] = None, label: Optional[int] = None) -> str:
        """The header with the signature of an answer, that was signed together with others before it."""
        label = label or self.label
        line = lambda word: f"metanetwork/{word}/{label}\n".encode("ascii")  # noqa: E731
        level = [sha256((b"" if label == 2 else line("leaf")) + leaf).digest() for leaf in (neighbours or []) + [body]]
        place, path = len(level) - 1, b""
        while len(level) > 1:
            if place ^ 1 < len(level):
                path += bytes([0 if place & 1 else 1]) + level[place ^ 1]
            level = [sha256(line("node") + level[at] + level[at + 1]).digest() if at + 1 < len(level) else level[at]
                     for at in range(0, len(level), 2)]
            place //= 2
        raw = base64.b64encode(self.key.sign(line(kind) + level[0]) + path).decode("ascii")
        return f"k1={raw}" if label == 2 else f"{label}:k1={raw}"


def problem(status: int, detail: str, **members: Any) -> Response:
    """A problem document."""
    document = {"type": "urn:metanetwork:problem:test", "title": "Test", "status": status, "detail": detail, **members}
    return Response(status, {"Content-Type": "application/problem+json"}, json.dumps(document).encode("utf-8"))


class Phone:
    """A device with a folder of its own and a service in memory; refreshes happen when a test asks for them."""

    def __init__(self, folder: Path, bundle: Optional[Bundle] = None) -> None:
        self.folder, self.bundle, self.clock = folder, bundle or Bundle(), ManualClock()
        self.service = FakeService(self.bundle)

    @property
    def model_folder(self) -> Path:
        return self.folder / MODEL

    def open(self, **settings: Any) -> PersonalModel:
        settings = {"trust": Trust(self.service.pinned), "transport": self.service, "clock": self.clock,
                    "back_off": BackOff(first=2), **settings}
        return PersonalModel("https://service.test", MODEL, self.folder, Configuration(**settings))


@contextlib.contextmanager
def phone(bundle: Optional[Bundle] = None) -> Iterator[Phone]:
    """A device whose folder goes with it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Phone(Path(folder), bundle)


def scores(model: PersonalModel) -> Dict[str, float]:
    """The scores of the whole catalogue, by which rankings are compared."""
    return {item.id: item.score for item in model.top_items(1 << 30)}


def changed(document: Any, path: List[Any], value: Any, remove: bool = False) -> Any:
    """A copy of a document in which one member or element is another, or missing."""
    document = copy.deepcopy(document)
    inside = document
    for key in path[:-1]:
        inside = inside[key]
    if remove:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return document
