"""A version of the model, checked and ready to run."""
from __future__ import annotations

from hashlib import sha256
from typing import List, Mapping

from ..bundle.manifest import DEVICE, MANIFEST, PROMPT, VOCABULARY, Manifest, file_limit, read_manifest
from ..bundle.vocabulary import Vocabulary
from ..errors import Unusable, Untrusted
from ..limits import Limits
from ..model.device_model import DeviceModel
from ..model.graph import Graph
from ..model.operations import ArchitectureError
from ..wire.safetensors import SafeTensorsError, Weights, decode


class BaseModel:
    """A bundle's model.

    Attributes:
        manifest: What the bundle says of itself.
        vocabulary: Raw ids and indices; empty of a model over vectors.
        device: The model, with the global layers.
        faults: Why the bundle's prompt cannot be used, which the device then goes without.

    Args:
        contents: The files that this client reads of a bundle, by name.
        model: The name that the model must have.
        limits: Maximum sizes.

    Raises:
        Untrusted: A file is not the manifest's.
        Unusable: Something in it cannot be used.
    """

    def __init__(self, contents: Mapping[str, bytes], model: str, limits: Limits) -> None:
        self.manifest = read_manifest(contents[MANIFEST], model, limits)
        for name in self.manifest.device_files():
            check_file(contents, name, self.manifest)
        weights = _weights(contents[DEVICE], DEVICE, limits)
        self.vocabulary = Vocabulary(contents[VOCABULARY], self.manifest.items)
        try:
            graph = Graph(self.manifest.architecture, self.manifest.items)
        except ArchitectureError as error:
            raise Unusable("the model", str(error)) from None
        self.device = DeviceModel(graph, weights, limits.memory_bytes)
        outputs = self.manifest.outputs
        if (outputs is None) != graph.ranks_items or outputs and len(outputs.names) != graph.output_width:
            raise Unusable("the manifest", f"it does not name the {graph.output_width} outputs of the model, and them alone")
        self.faults: List[Exception] = []
        if PROMPT in self.manifest.files:
            self._use_prompt(contents[PROMPT], limits)

    @property
    def window(self) -> int:
        """Number of recent samples that the service reads; 0 where it has no generator for this version."""
        return self.manifest.generator.window if self.manifest.generator else 0

    def _use_prompt(self, data: bytes, limits: Limits) -> None:
        try:
            tensors = _weights(data, PROMPT, limits)
            if list(tensors) != ["prompt"]:
                raise Unusable(PROMPT, "it does not hold one tensor 'prompt'")
            self.device.use_prompt(tensors["prompt"])
        except Unusable as error:
            self.faults.append(error)


def check_file(contents: Mapping[str, bytes], name: str, manifest: Manifest) -> None:
    """Checks a file's size and digest.

    Raises:
        Unusable: It is missing.
        Untrusted: It is another than the manifest's.
    """
    entry, data = manifest.files[name], contents.get(name)
    if data is None:
        raise Unusable(name, "it is missing")
    if len(data) != entry.bytes:
        raise Untrusted(name, f"it has {len(data)} bytes, the manifest says {entry.bytes}")
    if sha256(data).hexdigest() != entry.sha256:
        raise Untrusted(name, "its digest is not the manifest's")


def _weights(data: bytes, name: str, limits: Limits) -> Weights:
    try:
        return decode(data, file_limit(name, limits))[0]
    except SafeTensorsError as error:
        raise Unusable(name, str(error)) from None
