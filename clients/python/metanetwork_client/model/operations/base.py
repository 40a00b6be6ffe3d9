"""What all operations have in common."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from ...wire.fields import FieldError, Fields

# (width,) of a vector, (length, width) of a sequence, (height, width, channels) of an image.
Shape = Tuple[int, ...]
# Values have one axis more than their shape, before it: 1 of what is the same for all candidates, else one row a candidate.
Values = np.ndarray
# Gives the tensor of a role, for example "weight".
Tensors = Callable[[str], np.ndarray]

_LARGEST_SIZE = 1 << 20


class ArchitectureError(ValueError):
    """A description that is no model; the text names the node and says how to fix it."""

    def __init__(self, node: str, reason: str) -> None:
        super().__init__(f"node '{node[:80]}': {reason}" if node else reason)


@dataclass(frozen=True)
class Operand:
    """What a node reads.

    Attributes:
        name: Of the node or input.
        shape: Shape of the value; of numbers of items or tokens that of the numbers.
        rows: Rows of the table that its numbers are looked up in; None where the value is no numbers.
        reads_candidate: Whether the value depends on the candidate.
        is_input: Whether it is an input of the model, and no node.
    """

    name: str
    shape: Shape
    rows: Optional[int] = None
    reads_candidate: bool = False
    is_input: bool = False


@dataclass(frozen=True)
class Described:
    """A node with its settings and what it reads."""

    name: str
    operation: str
    settings: Mapping[str, Any]
    operands: Sequence[Operand]

    def __getitem__(self, key: str) -> Any:
        """A setting."""
        return self.settings[key]

    @property
    def width(self) -> int:
        """Width of the first value that the node reads."""
        return self.operands[0].shape[-1]

    def error(self, reason: str) -> ArchitectureError:
        """An error of this node."""
        return ArchitectureError(self.name, reason)

    def expect(self, holds: bool, what: str, operand: int = 0) -> None:
        """Refuses a node whose operand is something else.

        Raises:
            ArchitectureError: ``holds`` is false.
        """
        if not holds:
            found = self.operands[operand]
            raise self.error(f"'{self.operation}' expects {what}; '{found.name}' has the shape {list(found.shape)}")

    def size(self, key: str) -> int:
        """A setting that is a size.

        Raises:
            ArchitectureError: It is not from 1 to 1,048,576.
        """
        size: int = self.settings[key]
        if not 1 <= size <= _LARGEST_SIZE:
            raise self.error(f"{key} is {size}; it must be from 1 to {_LARGEST_SIZE}")
        return size


@dataclass(frozen=True)
class Setting:
    """A key of a node: its type, and what it is where it is missing.

    Attributes:
        kind: ``int``, ``bool``, ``str`` or ``float``.
        default: The value where the key is missing; a key without one is required. A text that names another setting
            stands for that one's value.
        choices: The texts that are allowed; any where it is empty.
    """

    kind: type
    default: Any = None
    choices: Tuple[str, ...] = ()

    def read(self, fields: Fields, key: str, others: Mapping[str, Any]) -> Any:
        """The value in a node.

        Raises:
            FieldError: It is missing, of another type or not one of the choices.
        """
        if not fields.has(key) and self.default is not None:
            return others.get(self.default, self.default) if isinstance(self.default, str) else self.default
        value = fields.members.get(key)
        kinds = (int, float) if self.kind is float else self.kind
        if not isinstance(value, kinds) or isinstance(value, bool) and self.kind is not bool:
            raise FieldError(f"{fields.name(key)} is missing or not of type {self.kind.__name__}")
        if self.choices and value not in self.choices:
            raise FieldError(f"{fields.name(key)} is '{str(value)[:80]}'; use one of {', '.join(self.choices)}")
        return value


class Operation:
    """An operation.

    Attributes:
        name: As in an architecture.
        settings: The keys that its nodes have beside name, operation and inputs.
        operands: Least and largest number of values that it reads.
    """

    name = ""
    settings: Dict[str, Setting] = {}
    operands: Tuple[int, int] = (1, 1)

    def is_dynamic(self, node: Described) -> bool:
        """Whether the node's weights come from the MetaGenerator."""
        return bool(node.settings.get("dynamic", False))

    def shape(self, node: Described) -> Shape:
        """Shape of the result.

        Raises:
            ArchitectureError: The operands or settings are none that the operation takes.
        """
        raise NotImplementedError

    def tensors(self, node: Described, shape: Shape) -> List[Tuple[str, Shape]]:
        """Role and shape of each tensor that the node needs, where its result has a shape."""
        return []

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        """Computes the result, of the values of the operands."""
        raise NotImplementedError


ACTIVATIONS: Dict[str, Callable[[Values], Values]] = {
    "identity": lambda x: x,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, np.float32(0)),
}
ACTIVATION = Setting(str, "identity", tuple(ACTIVATIONS))
