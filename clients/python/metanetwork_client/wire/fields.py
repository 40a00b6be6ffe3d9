"""Reading the fields of a JSON document, each of which must be there and of its type."""
from __future__ import annotations

from typing import Any, Dict, List, Optional


class FieldError(ValueError):
    """A field is missing, of another type or out of bounds; the text names it."""


class Fields:
    """The members of an object, read one by one.

    Args:
        value: A document of ``json_text.parse``.
        path: Where in the whole it is, for messages.

    Raises:
        FieldError: It is no object.
    """

    def __init__(self, value: Any, path: str = "") -> None:
        if not isinstance(value, dict):
            raise FieldError(f"{path or 'it'} is no object")
        self.members: Dict[str, Any] = value
        self.path = path

    def _read(self, key: str, kind: type, what: str) -> Any:
        value = self.members.get(key)
        # A bool is an int to Python, and to nobody else.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise FieldError(f"{self.name(key)} is missing or not {what}")
        return value

    def name(self, key: str) -> str:
        """The field's name in the whole document."""
        return f"{self.path}.{key}" if self.path else key

    def has(self, key: str) -> bool:
        """Whether the member is there and not null."""
        return self.members.get(key) is not None

    def text(self, key: str) -> str:
        """A member that is a string."""
        text: str = self._read(key, str, "a text")
        return text

    def whole(self, key: str) -> int:
        """A member that is a whole number of 64 bits."""
        number: int = self._read(key, int, "a whole number")
        return number

    def optional_text(self, key: str) -> Optional[str]:
        """A string; None where there is none."""
        return self.text(key) if self.has(key) else None

    def optional_whole(self, key: str) -> Optional[int]:
        """A whole number; None where there is none."""
        return self.whole(key) if self.has(key) else None

    def texts(self, key: str) -> List[str]:
        """A member that is an array of strings."""
        values = self.elements(key)
        if not all(isinstance(value, str) for value in values):
            raise FieldError(f"{self.name(key)} holds what is no text")
        return values

    def elements(self, key: str) -> List[Any]:
        """A member that is an array."""
        values: List[Any] = self._read(key, list, "an array")
        return values

    def fields(self, key: str) -> Fields:
        """A member that is an object."""
        return Fields(self.members.get(key), self.name(key))


def bounded(value: int, field: str, least: int, most: int) -> int:
    """The value.

    Raises:
        FieldError: It is not from ``least`` to ``most``.
    """
    if not least <= value <= most:
        raise FieldError(f"{field} is {value}; it must be from {least} to {most}")
    return value
