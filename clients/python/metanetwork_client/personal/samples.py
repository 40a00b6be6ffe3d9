"""What a model makes of recorded samples: items are known by their index, vectors by what stands for them."""
from __future__ import annotations

import base64
import binascii
from typing import List, NamedTuple, Optional, Union

import numpy as np

from ..errors import InvalidInput, InvalidSample
from ..limits import Limits
from ..model.device_model import Vector
from ..storage.samples import Sample, SampleLog
from .base_model import BaseModel

Given = Union[str, Vector]


class Meaning(NamedTuple):
    """A sample's index in the vocabulary, 1 for a vector, 0 for one that the model does not know; what stands for it."""

    item: int
    embedding: Optional[np.ndarray]


class RecentSamples:
    """The log, and what the version in use makes of it.

    Args:
        log: The recorded samples.
        limits: How many are kept, and how long each may be.
    """

    def __init__(self, log: SampleLog, limits: Limits) -> None:
        self.log, self._limits = log, limits
        self._meanings: List[Meaning] = []

    @property
    def indices(self) -> List[int]:
        """Index of each sample, oldest first."""
        return [meaning.item for meaning in self._meanings]

    def read(self, base: BaseModel) -> None:
        """Has another version of the model read all samples. Of vectors, which are large, twice a window is kept."""
        if not base.device.graph.ranks_items:
            self.log.limit = min(self._limits.samples, max(1, 2 * base.window))
        self.log.samples = self.log.samples[-self.log.limit:]
        self._meanings = [_meaning(sample, base) for sample in self.log.samples]

    def text(self, given: Given, base: BaseModel) -> str:
        """A sample as it is kept: a raw id as it is, a vector as base64 of its values, 4 bytes each, the least significant
        first.

        Raises:
            InvalidSample: It may not be recorded: too long, or none that the model reads.
        """
        if isinstance(given, str):
            if not base.device.graph.ranks_items or not 0 < len(_utf8(given)) <= self._limits.id_bytes:
                raise InvalidSample
            return given
        try:
            text = base64.b64encode(np.asarray(given, "<f4").reshape(-1).tobytes()).decode("ascii")
            if len(text) > self._limits.vector_bytes:
                raise InvalidSample
            base.device.sample(given)
            return text
        except (InvalidInput, TypeError, ValueError):
            raise InvalidSample from None

    def append(self, sample: Sample, base: BaseModel) -> None:
        """Adds a sample.

        Raises:
            StorageFailed: The disk refuses; the sample is kept in memory then.
        """
        self._meanings.append(_meaning(sample, base))
        try:
            self.log.append(sample)
        finally:
            del self._meanings[:len(self._meanings) - len(self.log.samples)]

    def known(self, base: BaseModel) -> List[int]:
        """Places of the last samples that the model knows, oldest first, as many as the generator reads."""
        places = [place for place, meaning in enumerate(self._meanings) if meaning.item > 0]
        return places[len(places) - min(len(places), base.window):]

    def embedding(self, place: int, base: BaseModel) -> np.ndarray:
        """What stands for a sample that the model knows."""
        meaning = self._meanings[place]
        row = meaning.embedding if meaning.embedding is not None else base.device.sample_embedding(meaning.item)
        return row if row is not None else np.zeros(0, np.float32)

    def clear(self) -> None:
        """Removes all from memory."""
        self.log.clear()
        self._meanings = []


def _meaning(sample: Sample, base: BaseModel) -> Meaning:
    if base.device.graph.ranks_items:
        return Meaning(base.vocabulary.index(sample.item), None)
    try:
        embedding = base.device.sample(np.frombuffer(base64.b64decode(sample.item, validate=True), "<f4"))
    except (InvalidInput, binascii.Error, ValueError):
        return Meaning(0, None)
    return Meaning(1, embedding) if np.isfinite(embedding).all() else Meaning(0, None)


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return b""
