"""The samples of a device, oldest first, in memory and on disk: one JSON object a line."""
from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Tuple

from ..errors import StorageFailed
from ..limits import Limits
from ..wire.fields import FieldError, Fields
from ..wire.json_text import JSONError, parse
from .files import locked, read, set_aside, stored, write

_FILE_BYTES = 256 << 20


@dataclass(frozen=True)
class Sample:
    """A sample: its own id, the raw id of the item (or the vector as text), and when, in seconds since 1970."""

    id: str
    item: str
    time: int

    def line(self) -> bytes:
        """Its line of the log. It begins with the line end, so that one that was cut short spoils itself alone."""
        members = {"id": self.id, "item": self.item, "time": self.time}
        return b"\n" + json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


class SampleLog:
    """The recorded samples. What the disk refuses stays in memory, and is written with the next one.

    Args:
        folder: The folder of the model.
        limits: How many are kept, and how long each may be.
        notices: Receives what was found damaged.
    """

    def __init__(self, folder: Path, limits: Limits, notices: List[Exception]) -> None:
        self._folder, self._path = folder, folder / "samples.jsonl"
        self._limits, self.limit = limits, limits.samples
        self.samples: List[Sample] = []
        self._unwritten: List[Sample] = []
        self._lines = 0
        try:
            found, damaged = self._read()
            self._lines = len(found)
            self.samples = found[-self.limit:]
            if damaged:
                notices.append(StorageFailed(f"{damaged} lines of {self._path.name} are no samples"))
                self._rewrite()
        except StorageFailed as error:
            set_aside(self._path, self._path.name + ".damaged")
            notices.append(error)

    def append(self, sample: Sample) -> int:
        """Adds a sample.

        Returns:
            How many of the oldest ones went, from memory, to make room.

        Raises:
            StorageFailed: The disk refuses; the sample is kept in memory then.
        """
        self.samples.append(sample)
        self._unwritten.append(sample)
        gone = 0
        # Half as many again before the older ones go, so that not every sample moves all the others.
        if len(self.samples) > self.limit + self.limit // 2:
            gone = len(self.samples) - self.limit
            del self.samples[:gone]
            del self._unwritten[:max(0, len(self._unwritten) - self.limit)]
        self._write()
        return gone

    def _write(self) -> None:
        with stored(), locked(self._folder):
            with open(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
                file.write(b"".join(sample.line() for sample in self._unwritten))
        self._lines += len(self._unwritten)
        self._unwritten = []
        if self._lines > 2 * self.limit:
            self._rewrite()
            self._lines = self.limit

    def place(self, sample_id: Optional[str]) -> Optional[int]:
        """Place of the sample with an id; None where it is not kept, or the id is None."""
        for place in range(len(self.samples) - 1, -1, -1):
            if sample_id is not None and self.samples[place].id == sample_id:
                return place
        return None

    def count_after(self, sample_id: Optional[str]) -> int:
        """Number of samples after the one with this id; all where it is unknown."""
        place = self.place(sample_id)
        return len(self.samples) - 1 - place if place is not None else len(self.samples)

    def clear(self) -> None:
        """Removes all from memory."""
        self.samples, self._unwritten, self._lines = [], [], 0

    def _read(self) -> Tuple[List[Sample], int]:
        """The samples that are there, and how many lines are none. One that was written twice counts once."""
        longest = max(self._limits.id_bytes, self._limits.vector_bytes)
        line_bytes = 6 * longest + 256
        # Twice as many as are kept may lie there before the log is cut.
        data = read(self._path, min(4 * self.limit * line_bytes, _FILE_BYTES))
        samples, ids, damaged = [], set(), 0
        for line in (data or b"").split(b"\n"):
            if not line:
                continue
            sample = _sample(line) if len(line) <= line_bytes else None
            if sample is None or not 0 < len(sample.item.encode("utf-8")) <= longest:
                damaged += 1
            elif sample.id not in ids:
                ids.add(sample.id)
                samples.append(sample)
        return samples, damaged

    def _rewrite(self) -> None:
        with stored(), locked(self._folder):
            write(self._path, b"".join(sample.line() for sample in self._read()[0][-self.limit:]))


def _sample(line: bytes) -> Optional[Sample]:
    try:
        fields = Fields(parse(line))
        return Sample(fields.text("id"), fields.text("item"), fields.whole("time"))
    except (FieldError, JSONError):
        return None
