"""The contents of a bundle's ``manifest.json``, checked."""
from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Dict, List, Mapping, Optional, Tuple

from ..errors import Unusable
from ..limits import Limits
from ..model.architecture import Architecture
from ..model.operations import ArchitectureError
from ..wire.fields import FieldError, Fields, bounded
from ..wire.json_text import JSONError, canonical, parse

DEVICE, VOCABULARY, PROMPT, ONNX = "device.safetensors", "vocabulary.tsv", "prompt.safetensors", "model.onnx"
MANIFEST = "manifest.json"
CLASSIFICATION, REGRESSION = "classification", "regression"

_READABLE_FORMATS = (1, 2)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}\Z", re.ASCII)
_ROLES = {name: name.partition(".")[0] for name in (DEVICE, VOCABULARY, PROMPT, "generator.safetensors",
                                                    "gate.safetensors", "switcher.safetensors", "basis.safetensors")}
_ROLES[ONNX] = "onnx"
_RESERVED = (MANIFEST, "provenance.json")
_LARGEST = (1 << 31) - 1


@dataclass(frozen=True)
class File:
    """Size in bytes, SHA-256 in hexadecimal, and role of a file; the role is None in format 1."""

    bytes: int
    sha256: str
    role: Optional[str]


@dataclass(frozen=True)
class Outputs:
    """What a model over vectors gives: its kind, and a name for each value."""

    kind: str
    names: Tuple[str, ...]


@dataclass(frozen=True)
class Generator:
    """What the cloud makes weights with, as far as a device has to know.

    Attributes:
        window: Recent samples that it reads at most.
        helps_samples: Up to how many samples after those behind them its weights help; None where nobody measured.
        helps_seconds: The same in seconds; None where time alone was not measured.
    """

    window: int
    helps_samples: Optional[int]
    helps_seconds: Optional[int]

    @property
    def never_helps(self) -> bool:
        """Whether even new weights rank worse than the base, so that devices ask for none."""
        return self.helps_samples == 0 and self.helps_seconds == 0


@dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself. ``items`` is 0 where the model reads vectors; their ``outputs`` are named then."""

    name: str
    version: str
    architecture: Architecture
    items: int
    outputs: Optional[Outputs]
    generator: Optional[Generator]
    files: Mapping[str, File]
    body: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest's bytes: what the version is called on disk."""
        return sha256(self.body).hexdigest()

    def device_files(self) -> List[str]:
        """Names of the files that this client reads of the bundle, in the order in which they are fetched."""
        return [DEVICE, VOCABULARY] + ([PROMPT] if PROMPT in self.files else [])


def is_model_name(name: str) -> bool:
    """Whether a model may have this name: 1 to 64 letters, digits, ``-``, ``_`` and ``.``, not starting with ``.``."""
    return _PLAIN_NAME.match(name) is not None


def file_limit(name: str, limits: Limits) -> int:
    """Maximum size in bytes of a file that the client reads."""
    return {DEVICE: limits.device_bytes, VOCABULARY: limits.vocabulary_bytes, PROMPT: limits.prompt_bytes}[name]


def read_manifest(body: bytes, model: str, limits: Limits) -> Manifest:
    """Reads and checks a manifest: size, format, every field, names and roles of files, sizes, and the version.

    Args:
        body: The manifest as it came.
        model: The name that the model must have.
        limits: The sizes that its files may have.

    Raises:
        Unusable: It cannot be used; the text says which field is wrong.
    """
    if len(body) > limits.manifest_bytes:
        raise Unusable("the manifest", f"it has {len(body)} bytes, the limit is {limits.manifest_bytes}")
    try:
        document = parse(body)
        manifest = _read(Fields(document), body)
        if manifest.name != model:
            raise FieldError(f"it is that of the model '{manifest.name[:80]}'")
        _check_files(manifest, limits)
        if _version(document, manifest) != manifest.version:
            raise FieldError("its version is not that of its contents; fetch the bundle again")
        return manifest
    except (FieldError, JSONError, ArchitectureError) as error:
        raise Unusable("the manifest", str(error)) from None


def _read(fields: Fields, body: bytes) -> Manifest:
    if fields.whole("format") not in _READABLE_FORMATS:
        raise FieldError(f"its format is {fields.whole('format')}, this release reads 1 to 2; update it")
    name, outputs = fields.text("name"), _outputs(fields)
    if not is_model_name(name):
        raise FieldError(f"name is '{name[:80]}'; use 1 to 64 letters, digits, '-', '_' and '.', not starting with '.'")
    architecture = Architecture.read(fields.fields("architecture"))
    bounded(len(architecture.nodes), "the number of architecture.nodes", 1, 1024)
    files = fields.fields("files")
    bounded(len(files.members), "the number of files", 1, 64)
    if fields.whole("format") == 1:
        _check_provenance(fields)
    return Manifest(
        name=name, version=fields.text("version"), architecture=architecture,
        items=bounded(fields.whole("items"), "items", 0 if outputs else 1, _LARGEST - 1), outputs=outputs,
        generator=_generator(fields), files={key: _file(files.fields(key), key) for key in files.members}, body=body)


def _outputs(fields: Fields) -> Optional[Outputs]:
    if not fields.has("outputs"):
        return None
    outputs = fields.fields("outputs")
    kind, names = outputs.text("kind"), outputs.texts("names")
    if kind not in (CLASSIFICATION, REGRESSION):
        raise FieldError(f"outputs.kind is '{kind[:80]}'; it must be '{CLASSIFICATION}' or '{REGRESSION}'")
    bounded(len(names), "the number of outputs.names", 1, 65_536)
    for place, name in enumerate(names):
        bounded(len(name.encode("utf-8")), f"the number of bytes of outputs.names[{place}]", 0, 1024)
    if len(set(names)) < len(names):
        raise FieldError("outputs.names has a name twice; give every output a name of its own")
    return Outputs(kind, tuple(names))


def _generator(fields: Fields) -> Optional[Generator]:
    if not fields.has("generator"):
        return None
    generator = fields.fields("generator")
    form = generator.text("form")
    bounded(len(form.encode("utf-8")), "the number of bytes of generator.form", 1, 64)
    window = bounded(generator.whole("window"), "generator.window", 1, 10_000)
    for key in ("width", "rank"):
        bounded(generator.whole(key), f"generator.{key}", 1, 4096)
    if not generator.has("helps"):
        return Generator(window, None, None)
    helps = generator.fields("helps")
    samples = bounded(helps.whole("samples"), "generator.helps.samples", 0, _LARGEST)
    seconds = helps.optional_whole("seconds")
    if seconds is not None:
        bounded(seconds, "generator.helps.seconds", 0, _LARGEST)
    return Generator(window, samples, seconds)


def _file(fields: Fields, name: str) -> File:
    size = bounded(fields.whole("bytes"), f"files.{name[:80]}.bytes", 0, 1 << 40)
    return File(size, fields.text("sha256"), fields.optional_text("role"))


def _check_provenance(fields: Fields) -> None:
    """Format 1 has metrics and settings in its manifest; nobody reads them, but they must be what they are."""
    for key, values in fields.fields("metrics").members.items():
        for metric, value in Fields(values, f"metrics.{key}").members.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise FieldError(f"metrics.{key}.{metric} is no number")
    training = fields.fields("training")
    for key in training.members:
        training.text(key)


def _check_files(manifest: Manifest, limits: Limits) -> None:
    for name in (DEVICE, VOCABULARY):
        if name not in manifest.files:
            raise FieldError(f"it does not list {name}")
    for name in manifest.device_files():
        bounded(manifest.files[name].bytes, f"files.{name}.bytes", 0, file_limit(name, limits))
    known = set()
    for name, file in manifest.files.items():
        # Two names that differ in case alone are one file on some disks.
        if not _PLAIN_NAME.match(name) or name in _RESERVED or name.lower() in known:
            raise FieldError(f"it lists a file '{name[:80]}'; names are 1 to 64 letters, digits, '-', '_' and '.', not "
                             "starting with '.', each once, and not the manifest's own")
        known.add(name.lower())
        if file.role is not None and file.role != _ROLES.get(name, file.role) \
                or name not in _ROLES and file.role in _ROLES.values():
            raise FieldError(f"it gives the file '{name}' the role '{(file.role or '')[:80]}', which is another's")


def _version(document: Dict[str, Any], manifest: Manifest) -> str:
    if document["format"] == 1:
        lines = [f"{name} {file.sha256}\n" for name, file in sorted(manifest.files.items())]
        return sha256("".join(lines).encode("utf-8")).hexdigest()
    covered = {key: value for key, value in document.items() if key != "version"}
    return sha256(b"metanetwork/bundle/2\n" + canonical(covered)).hexdigest()
