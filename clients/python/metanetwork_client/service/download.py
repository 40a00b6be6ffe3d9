"""Fetches a file of a version, and goes on where an earlier try was cut off, of this process or of one before."""
from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path
from typing import Mapping, Optional, Tuple

from ..bundle.manifest import File
from ..errors import ClientError, Unreachable, Untrusted, Unusable
from ..storage.files import read, remove, stored, write
from .cloud_service import CloudService
from .transport import Response

# Times that a file is asked for in a row.
_REQUESTS = 16
_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)\Z", re.ASCII | re.IGNORECASE)
_TAG = re.compile(r'"[\x21\x23-\x7e]{0,254}"\Z')


def fetch_file(service: CloudService, name: str, entry: File, version: str, folder: Path) -> None:
    """Fetches a file to a folder: to ``NAME.partial`` as it comes, and under its name once it has the manifest's digest.

    Args:
        service: Who has it.
        name: The file's name.
        entry: What the manifest says of it.
        version: The version that it is of.
        folder: Receives the file. What has come stays there where it is cut off.

    Raises:
        Unreachable: It was cut off, again and again.
        Untrusted: Its digest is wrong, for the second time.
        ClientError: Another error of the service, or of the disk.
    """
    place = folder / name
    requests, may_resume, may_begin_anew = _REQUESTS, True, True
    while not place.exists():
        part = _Part(folder, name, entry.bytes)
        try:
            if part.is_complete:
                part.finish(entry)
                continue
            if requests == 0:
                raise Unreachable("the connection broke again and again")
            requests -= 1
            _receive(service, part, version, may_resume)
        except Untrusted:
            if not may_begin_anew:
                raise
            may_begin_anew = False
        except Unusable:
            # What lies between cannot tell parts; it may have the whole.
            if not may_resume or part.resumption is None:
                raise
            may_resume = False
        except Unreachable:
            if requests == 0 or part.stored_size <= part.before:
                raise
        finally:
            part.close()


def fetch_into_memory(service: CloudService, name: str, entry: File, version: str) -> bytes:
    """Fetches a file where the disk takes none.

    Raises:
        ClientError: No answer, an error of the service, or more bytes than the manifest says.
    """
    sink = _Memory(name, entry.bytes)
    service.file(name, version, entry.bytes, sink, None)
    return bytes(sink.contents)


def _receive(service: CloudService, part: _Part, version: str, may_resume: bool) -> None:
    resumption = part.resumption if may_resume else None
    part.is_resumed = resumption is not None
    response = service.file(part.name, version, part.bytes, part, resumption)
    if response.status == 416:
        raise Unusable(f"the part of {part.name}", f"there is none from {part.size} on")
    if part.stored_size < part.bytes:
        raise Unreachable(f"the answer ended before {part.name} did")


class _Memory:
    """A file that comes into memory."""

    def __init__(self, name: str, size: int) -> None:
        self._name, self._size, self.contents = name, size, bytearray()

    def begin(self, head: Response) -> bool:
        return head.status == 200

    def take(self, piece: bytes) -> None:
        if len(self.contents) + len(piece) > self._size:
            raise Unusable(self._name, f"more came than the {self._size} bytes that it has")
        self.contents += piece


class _Part:
    """What has come of a file; takes the bytes of one answer that follow, or the whole file anew.

    ``before`` is the number of bytes that were there before the answer's first one.
    """

    def __init__(self, folder: Path, name: str, size: int) -> None:
        self.name, self.bytes = name, size
        self._place, self._partial, self._tag_place = (folder / (name + end) for end in ("", ".partial", ".tag"))
        self._file: Optional[int] = None
        self.is_resumed = False
        if self.stored_size > size:
            # None of ours: it was never written further than the manifest says.
            self._clear()
        self.size = self.before = self.stored_size
        self.is_complete = self._partial.exists() and self.size == size
        tag = read(self._tag_place, 256) or b""
        self.tag = _strong(tag.decode("latin-1"))

    @property
    def stored_size(self) -> int:
        """Bytes that are there now."""
        try:
            return self._partial.stat().st_size
        except OSError:
            return 0

    @property
    def resumption(self) -> Optional[Tuple[int, str]]:
        """Where an answer may go on; None where the whole file has to be asked for."""
        return (self.size, self.tag) if self.size > 0 and self.tag is not None else None

    def begin(self, head: Response) -> bool:
        tag = _file_tag(head.headers.get("etag", ""))
        if head.status == 200:
            self._begin_anew(tag)
        elif head.status == 206:
            self._check_range(head.headers, tag)
            with stored():
                self._file = os.open(self._partial, os.O_WRONLY | os.O_APPEND)
        return head.status in (200, 206)

    def take(self, piece: bytes) -> None:
        if self._file is None or len(piece) > self.bytes - os.fstat(self._file).st_size:
            raise Unusable(self.name, f"more came than the {self.bytes} bytes that it has")
        with stored():
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(self._file, rest):]

    def finish(self, entry: File) -> None:
        """Checks the whole file, and gives it its name; where its digest is wrong it is removed."""
        data = read(self._partial, entry.bytes) or b""
        if sha256(data).hexdigest() != entry.sha256:
            self._clear()
            raise Untrusted(self.name, "its digest is not the manifest's")
        with stored():
            os.replace(self._partial, self._place)
            remove(self._tag_place)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _begin_anew(self, tag: Optional[str]) -> None:
        self._clear()
        self.before = 0
        with stored():
            self._file = os.open(self._partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            if tag is not None:
                write(self._tag_place, tag.encode("ascii"))

    def _check_range(self, headers: Mapping[str, str], tag: Optional[str]) -> None:
        def wrong(reason: str) -> ClientError:
            return Unusable(f"the part of {self.name}", reason)

        if not self.is_resumed:
            raise wrong("the whole file was asked for")
        match = _RANGE.match(headers.get("content-range", ""))
        if match is None:
            raise wrong("it has no Content-Range of the form bytes FIRST-LAST/SIZE")
        first, last, whole = match.groups()
        if int(first) != self.size or not int(first) <= int(last) < self.bytes or whole not in ("*", str(self.bytes)):
            raise wrong(f"it is '{match.group()[:80]}', asked for were the bytes from {self.size} of {self.bytes}")
        if tag is not None and tag != self.tag:
            raise wrong("it is of another file, by its ETag")

    def _clear(self) -> None:
        with stored():
            remove(self._partial)
            remove(self._tag_place)


def _file_tag(tag: str) -> Optional[str]:
    """The tag of the file by which parts are asked for; that of its compressed form has ``-gzip`` behind it."""
    strong = _strong(tag)
    return strong[:-len('-gzip"')] + '"' if strong is not None and strong.endswith('-gzip"') else strong


def _strong(tag: str) -> Optional[str]:
    """A tag by which a part of a file may be asked for; None where it is weak, or none that may stand in a header."""
    return tag if _TAG.match(tag) else None
