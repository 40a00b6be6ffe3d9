"""The file ``vocabulary.tsv``: raw ids, and their indices from 1."""
from __future__ import annotations

import re
from typing import Dict, List, Optional

from ..errors import Unusable
from .manifest import VOCABULARY

_ESCAPES = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}
_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)


class Vocabulary:
    """Raw ids and their indices. Ids are compared byte by byte: two spellings of one letter are two items.

    Args:
        data: The file: one line an item, its raw id, a tab and its index, in order of the index from 1.
        count: Number of items that there must be.

    Raises:
        Unusable: A line is none, an id occurs twice, or there are more or fewer.
    """

    def __init__(self, data: bytes, count: int) -> None:
        self._names: List[str] = []
        self._indices: Dict[str, int] = {}
        for line in data.split(b"\n"):
            if not line:
                continue
            index = len(self._names) + 1
            name = _name(line, index) if index <= count else None
            if name is None:
                raise Unusable(VOCABULARY, f"line {index} is not a raw id, a tab and {index}")
            if self._indices.setdefault(name, index) != index:
                raise Unusable(VOCABULARY, f"line {index} has a raw id that is there already; an id has one index")
            self._names.append(name)
        if len(self._names) != count:
            raise Unusable(VOCABULARY, f"it has {len(self._names)} items, the manifest says {count}")

    def index(self, name: str) -> int:
        """The index of a raw id; 0 for one that the model does not know."""
        return self._indices.get(name, 0)

    def name(self, index: int) -> Optional[str]:
        """The raw id of an index; None for one that is none of the catalogue's."""
        return self._names[index - 1] if 1 <= index <= len(self._names) else None


def _name(line: bytes, index: int) -> Optional[str]:
    fields = line.split(b"\t")
    if len(fields) != 2 or fields[1] != b"%d" % index:
        return None
    try:
        text = fields[0].decode("utf-8")
    except UnicodeDecodeError:
        return None
    # A backslash before any other character stands for that character, one at the end for nothing.
    return _ESCAPED.sub(lambda match: _ESCAPES.get(match.group(1), match.group(1)), text) if "\\" in text else text
