"""The safetensors format, as far as weights need it: F32, F16, and I8 with a scale for each column."""
from __future__ import annotations

from math import prod
from typing import Any, Dict, List, Mapping, NamedTuple, Tuple

import numpy as np

from .json_text import JSONError, parse

Weights = Dict[str, np.ndarray]

_METADATA = "__metadata__"
_TYPES = {"F32": "<f4", "F16": "<f2", "I8": "|i1"}
# The header, a tensor, its shape.
_DEPTH = 3
_HEADER_BYTES = 1 << 20


class SafeTensorsError(ValueError):
    """The bytes are no file of weights that this client accepts; the text says why and what to do."""


class _Entry(NamedTuple):
    name: str
    kind: str
    shape: Tuple[int, ...]
    begin: int
    end: int


def decode(data: bytes, max_bytes: int, max_tensors: int = 10_000) -> Tuple[Weights, Dict[str, str]]:
    """Reads weights.

    Accepts what the format allows and nothing else. Whether the values are finite is for the caller to check.

    Args:
        data: The whole file.
        max_bytes: Longest file that is accepted.
        max_tensors: Maximum number of tensors.

    Returns:
        The tensors by name, float32 whatever the file holds, row-major; and the strings of ``__metadata__``.

    Raises:
        SafeTensorsError: The bytes are something else, are cut short, or exceed a limit.
    """
    if len(data) > max_bytes:
        raise SafeTensorsError(f"safetensors: {len(data)} bytes, the limit is {max_bytes}")
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        raise SafeTensorsError(f"safetensors: the header needs {length} bytes, {max(0, len(data) - 8)} are there; the "
                               "file was cut short or is of another format: fetch it again")
    if length > _HEADER_BYTES:
        raise SafeTensorsError(f"safetensors: a header of {length} bytes, the limit is {_HEADER_BYTES}")
    header = _header(data[8:8 + length])
    body = memoryview(data)[8 + length:]
    metadata = _metadata(header.pop(_METADATA, {}))
    if len(header) > max_tensors:
        raise SafeTensorsError(f"safetensors: {len(header)} tensors, the limit is {max_tensors}")
    entries = _contiguous([_entry(name, value) for name, value in header.items()], len(body))
    return _scaled({entry.name: _tensor(entry, body) for entry in entries}, entries), metadata


def _header(text: bytes) -> Dict[str, Any]:
    if text[:1] != b"{":
        raise SafeTensorsError("safetensors: byte 8 of the file: the header must begin with '{'; write the file again "
                               "with a safetensors library")
    try:
        header: Dict[str, Any] = parse(text, _DEPTH)
        return header
    except JSONError as error:
        raise SafeTensorsError(f"safetensors: the header: {error}; write the file again with a safetensors library") \
            from None


def _metadata(value: Any) -> Dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise SafeTensorsError(f"safetensors: '{_METADATA}' is no object of strings; write the file again with a "
                               "safetensors library")
    return value


def _entry(name: str, value: Any) -> _Entry:
    def wrong(reason: str) -> SafeTensorsError:
        return SafeTensorsError(f"safetensors: '{name}': {reason}; write the file again with a safetensors library")

    def sizes(key: str) -> List[int]:
        found = value.get(key)
        if not isinstance(found, list) or not all(type(size) is int and size >= 0 for size in found):
            raise wrong(f"'{key}' must be an array of integers of 0 or more")
        return found

    if not isinstance(value, dict) or not isinstance(value.get("dtype"), str):
        raise wrong("has no string 'dtype'")
    kind = value["dtype"]
    if kind not in _TYPES:
        raise SafeTensorsError(f"safetensors: tensor '{name}' has type {kind}, this client reads F32, F16 and scaled I8; "
                               "convert it first")
    shape, offsets = sizes("shape"), sizes("data_offsets")
    if len(offsets) != 2 or offsets[0] > offsets[1]:
        raise wrong("'data_offsets' must be a begin and an end that is not before it")
    needed = prod(shape) * np.dtype(_TYPES[kind]).itemsize
    # numpy knows no more dimensions than 32.
    if needed != offsets[1] - offsets[0] or len(shape) > 32:
        raise wrong(f"needs {needed} bytes, its data_offsets span {offsets[1] - offsets[0]}")
    return _Entry(name, kind, tuple(shape), offsets[0], offsets[1])


def _contiguous(entries: List[_Entry], size: int) -> List[_Entry]:
    """The entries in the order of their values, once it is certain that they cover the bytes."""
    # A tensor of no bytes lies before one that begins at the same place.
    entries.sort(key=lambda entry: (entry.begin, entry.end))
    end = 0
    for entry in entries:
        if entry.begin != end:
            raise SafeTensorsError(f"safetensors: tensor '{entry.name}' begins at {entry.begin}, the one before it ends "
                                   f"at {end}; write the file again without holes and overlaps")
        end = entry.end
    if end != size:
        raise SafeTensorsError(f"safetensors: the header describes {end} bytes of values, {size} are there; the file was "
                               "cut short or extended: fetch it again")
    return entries


def _tensor(entry: _Entry, body: memoryview) -> np.ndarray:
    try:
        values = np.frombuffer(body[entry.begin:entry.end], _TYPES[entry.kind])
        return values.reshape(entry.shape).astype(np.float32)
    except ValueError as error:
        # Beside a dimension of 0 the others may be of any size, and numpy has bounds.
        raise SafeTensorsError(f"safetensors: '{entry.name}': shape {list(entry.shape)}: {error}") from None


def _scaled(tensors: Weights, entries: List[_Entry]) -> Weights:
    """Multiplies eight-bit values by the scales of their columns, which are no tensors of their own then."""
    for entry in entries:
        if entry.kind != "I8":
            continue
        columns = entry.shape[-1] if entry.shape else 1
        scales = tensors.pop(f"{entry.name}.scale", None)
        if scales is None or scales.shape != (columns,) or entry.name not in tensors:
            raise SafeTensorsError(f"safetensors: '{entry.name}' is I8 and has no '{entry.name}.scale' with a scale for "
                                   "each column; write the file again")
        tensors[entry.name] = tensors[entry.name] * (scales if entry.shape else scales[0])
    return tensors


def norm(weights: Mapping[str, np.ndarray], names: List[str]) -> float:
    """The Euclidean norm of all values of some tensors together, in double precision."""
    return float(np.sqrt(sum(float(np.square(weights[name], dtype=np.float64).sum()) for name in names)))
