"""A device model as data: named inputs, nodes in order of evaluation, and the node whose value is the result."""
from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, Dict, Mapping, Optional, Tuple

from ..wire.fields import Fields
from .operations import OPERATIONS, ArchitectureError, Shape

# Sizes beyond it are mistakes; see ModelGraphBuilder of the Swift SDK.
LARGEST_SIZE = 1 << 20
LARGEST_VALUE = 1 << 26

_SIZES = {"vector": ("width",), "vectors": ("length", "width"), "image": ("height", "width", "channels"), "token": ()}
_KINDS = ("items", "item") + tuple(_SIZES)


@dataclass(frozen=True)
class Input:
    """A named input: its kind (``items``, ``item``, ``vector``, ``vectors``, ``image`` or ``token``) and its sizes.

    ``shape`` is that of its values: (width,), (length, width), (height, width, channels), or (1,) of a token. Of ``items``
    it is the longest history, (length,), and of ``item`` ().
    """

    name: str
    kind: str
    shape: Shape
    tokens: Optional[Tuple[str, ...]] = None

    @staticmethod
    def read(fields: Fields) -> Input:
        """Reads an input.

        Raises:
            FieldError, ArchitectureError: A member is missing, of another type, out of bounds or not one of its kind.
        """
        name, kind = fields.text("name"), fields.text("kind")
        sizes = {key: fields.optional_whole(key) for key in ("length", "width", "height", "channels")}
        tokens = tuple(fields.texts("tokens")) if fields.has("tokens") else None
        if kind not in _KINDS:
            raise ArchitectureError(name, f"is of kind '{kind[:80]}'; use one of {', '.join(_KINDS)}")
        if kind in ("items", "item"):
            return Input(name, kind, () if kind == "item" else (_size(name, "length", sizes["length"]),))
        for key, size in sizes.items():
            if size is not None and key not in _SIZES[kind]:
                raise ArchitectureError(name, f"an input of kind '{kind}' has no '{key}'; remove it")
        if (tokens is None) == (kind == "token"):
            raise ArchitectureError(name, "an input of kind 'token', and no other, needs the key 'tokens'")
        if tokens is not None and (len(set(tokens)) < len(tokens) or not 1 <= len(tokens) <= LARGEST_SIZE):
            raise ArchitectureError(name, "needs one token or more, each once")
        shape = tuple(_size(name, key, sizes[key]) for key in _SIZES[kind]) or (1,)
        if prod(shape) > LARGEST_VALUE:
            raise ArchitectureError(name, f"has {prod(shape)} values, more than {LARGEST_VALUE}")
        return Input(name, kind, shape, tokens)


def _size(name: str, key: str, size: Optional[int]) -> int:
    if size is None or not 1 <= size <= LARGEST_SIZE:
        raise ArchitectureError(name, f"{key} is {'missing' if size is None else size}; it must be from 1 to {LARGEST_SIZE}")
    return size


@dataclass(frozen=True)
class Node:
    """A node: what it computes, the names of what it reads, and the settings of its operation."""

    name: str
    operation: str
    inputs: Tuple[str, ...]
    settings: Mapping[str, Any]

    @staticmethod
    def read(fields: Fields) -> Node:
        """Reads a node.

        Raises:
            FieldError, ArchitectureError: A key is missing, unknown, superfluous or of another type.
        """
        name, kind = fields.text("name"), fields.text("operation")
        operation = OPERATIONS.get(kind)
        if operation is None:
            raise ArchitectureError(name, f"operation '{kind[:80]}' is not known; use one of {', '.join(OPERATIONS)}")
        for key in fields.members:
            if key not in ("name", "operation", "inputs") and key not in operation.settings:
                raise ArchitectureError(name, f"operation '{kind}' has no key '{key[:80]}'; remove it")
        settings: Dict[str, Any] = {}
        for key, setting in operation.settings.items():
            settings[key] = setting.read(fields, key, settings)
        return Node(name, kind, tuple(fields.texts("inputs")), settings)


@dataclass(frozen=True)
class Architecture:
    """The description of a model; ``Graph`` checks it and works out every shape.

    Attributes:
        sample: Name of the node that stands for a sample of a model over vectors; None where the input itself does.
    """

    name: str
    inputs: Tuple[Input, ...]
    nodes: Tuple[Node, ...]
    output: str
    sample: Optional[str]

    @staticmethod
    def read(fields: Fields) -> Architecture:
        """Reads an architecture.

        Raises:
            FieldError, ArchitectureError: A member is missing, of another type or not known.
        """
        def each(key: str) -> Any:
            return [Fields(value, f"{fields.name(key)}[{place}]") for place, value in enumerate(fields.elements(key))]

        return Architecture(fields.text("name"), tuple(map(Input.read, each("inputs"))),
                            tuple(map(Node.read, each("nodes"))), fields.text("output"), fields.optional_text("sample"))
