"""What is asked, and what answers say of themselves."""
from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence

import numpy as np

from .json_text import JSONError, parse

# A service reads as many bytes unless it is told otherwise; the first number is what is left for samples.
REQUEST_BYTES = 1 << 20
# How weights may be stored on the way: this client reads all of them.
FORMATS = ("f32", "f16", "int8")
_FRAME_BYTES = 1024
_VALUE_BYTES = 16
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}\Z", re.ASCII)


@dataclass
class ParametersRequest:
    """What is sent to ``POST /v1/models/{model}/parameters``.

    Attributes:
        version: The version whose static layers the device runs.
        nonce: 8 to 64 letters, digits, ``-`` and ``_``, new in every request; the signed answer repeats it.
        format: How the weights are to be stored: ``f16``, ``f32`` or ``int8``.
        samples: Raw ids, oldest first; None where embeddings are sent.
        embeddings: Rows that the device computed, oldest first; None where raw ids are sent.
    """

    version: str
    nonce: str
    format: str
    samples: Optional[Sequence[str]] = None
    embeddings: Optional[Sequence[np.ndarray]] = None

    def body(self) -> bytes:
        """The request's body, with the oldest samples left out until it is one that a service reads."""
        message: Dict[str, Any] = {"version": self.version, "nonce": self.nonce, "format": self.format}
        if self.samples is not None:
            message["samples"] = _latest(self.samples, lambda text: 3 + sum(map(_bytes, text.encode("utf-8"))))
        if self.embeddings is not None:
            rows = _latest(self.embeddings, lambda row: 3 + len(row) * _VALUE_BYTES)
            # The shortest text of a single has fewer digits than that of the double of the same value.
            message["embeddings"] = [[float(str(value)) for value in np.asarray(row, np.float32)] for row in rows]
        return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def answer_request(version: str, values: np.ndarray, nonce: str) -> bytes:
    """The body of ``POST /v1/models/{model}/answers``: an input as the cloud's model reads it, and a new nonce."""
    numbers = [float(str(value)) for value in values.astype(np.float32)]
    return json.dumps({"version": version, "input": numbers, "nonce": nonce}).encode("ascii")


def _latest(samples: Sequence[Any], size: Any) -> List[Any]:
    """The last samples that fit into a request; one at least."""
    count, left = 0, REQUEST_BYTES - _FRAME_BYTES
    for sample in reversed(samples):
        left -= size(sample)
        if left < 0 and count > 0:
            break
        count += 1
    return list(samples[len(samples) - count:])


def _bytes(byte: int) -> int:
    """Bytes of a byte of text in JSON, however it is escaped."""
    return 6 if byte < 0x20 else 2 if byte in b'"\\/' else 1


@dataclass(frozen=True)
class ParametersMetadata:
    """What an answer with weights says of itself; times are in seconds since 1970."""

    model: str
    version: str
    nonce: str
    samples: int
    generated: int
    expires: int

    @staticmethod
    def read(strings: Mapping[str, str]) -> Optional[ParametersMetadata]:
        """Reads the strings of a safetensors; None where one is missing or no number."""
        texts = [strings.get(key) for key in ("model", "version", "nonce")]
        numbers = [_whole(strings.get(key)) for key in ("samples", "generated", "expires")]
        if None in texts or None in numbers:
            return None
        return ParametersMetadata(*texts, *numbers)  # type: ignore[arg-type]


def _whole(text: Optional[str]) -> Optional[int]:
    """A number of 64 bits; None where the text is something else."""
    if text is None or not _WHOLE.match(text) or not -(1 << 63) <= int(text) < 1 << 63:
        return None
    return int(text)


@dataclass(frozen=True)
class Problem:
    """A problem document (RFC 9457) of any label: what a refused request is answered with."""

    type: str
    detail: str
    fix: Optional[str]

    @staticmethod
    def read(body: bytes) -> Optional[Problem]:
        """Reads a document; None where the bytes are something else."""
        try:
            members = parse(body)
        except JSONError:
            return None
        if not isinstance(members, dict) or type(members.get("status")) is not int:
            return None
        # Label 2 calls the fix `mend`.
        fix = members.get("fix") or members.get("mend")
        texts = [members.get(key) for key in ("type", "title", "detail")]
        if not all(isinstance(text, str) for text in texts) or not (fix is None or isinstance(fix, str)):
            return None
        return Problem(texts[0], texts[2], fix)  # type: ignore[arg-type]
