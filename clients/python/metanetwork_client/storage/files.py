"""Files that only this user can read, written aside and renamed."""
from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import Iterator, Optional

from ..errors import StorageFailed

try:
    import fcntl
except ImportError:  # Windows, where one process at a time may use a folder
    fcntl = None  # type: ignore[assignment]

_DIGEST_BYTES = 64
_TRIES = 50
_PAUSE = 0.002  # seconds


class FolderBusy(StorageFailed):
    """Another process has the lock of a folder. It says nothing of what lies in it."""


@contextlib.contextmanager
def stored() -> Iterator[None]:
    """Turns what the system says of files into ``StorageFailed``."""
    try:
        yield
    except OSError as error:
        raise StorageFailed(str(error)) from None


def make_folder(folder: Path) -> None:
    """Makes a folder private, and makes it first where there is none. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):  # a file system that knows no rights keeps it as it is
        folder.chmod(0o700)


def write(path: Path, contents: bytes, waits: bool = True) -> None:
    """Writes a private file; a reader sees the old or the new one, whole. Raises ``OSError``.

    Args:
        waits: Whether for the disk. What is written often and may be lost need not.
    """
    descriptor, aside = tempfile.mkstemp(prefix=".new-", dir=path.parent)  # with the rights 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(contents)
            file.flush()
            if waits:
                os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.remove(aside)
        raise


def read(path: Path, limit: int) -> Optional[bytes]:
    """The contents of a file; None where there is none.

    Raises:
        StorageFailed: It is no file of at most ``limit`` bytes, or cannot be read.
    """
    with stored():
        if not path.exists():
            return None
        if not path.is_file() or path.stat().st_size > limit:
            raise StorageFailed(f"{path.name} is no file of at most {limit} bytes")
        return path.read_bytes()


def write_sealed(path: Path, contents: bytes, waits: bool = True) -> None:
    """Writes a file that shows damage: the digest of the contents, a line end, the contents. Raises ``OSError``."""
    write(path, sha256(contents).hexdigest().encode("ascii") + b"\n" + contents, waits)


def read_sealed(path: Path, limit: int) -> Optional[bytes]:
    """The contents of such a file; None where there is none.

    Raises:
        StorageFailed: It is too large or damaged.
    """
    data = read(path, limit + _DIGEST_BYTES + 1)
    if data is None:
        return None
    contents = data[_DIGEST_BYTES + 1:]
    if data[:_DIGEST_BYTES + 1] != sha256(contents).hexdigest().encode("ascii") + b"\n":
        raise StorageFailed(f"{path.name} is damaged")
    return contents


def remove(path: Path) -> None:
    """Removes a file or a folder, where there is one. Raises ``OSError``."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def set_aside(path: Path, name: str = "damaged") -> None:
    """Renames a damaged file or folder, so that it is no longer read; the one before it makes room."""
    aside = path.with_name(name)
    with contextlib.suppress(OSError):
        remove(aside)
        path.rename(aside)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lets one process at a time into a folder, for the milliseconds of one operation.

    Raises:
        FolderBusy: The lock cannot be had within a tenth of a second.
        OSError: There is no folder that may be written to.
    """
    with open(os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600), "rb") as file:  # closing it opens the lock
        for attempt in range(_TRIES if fcntl else 0):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt + 1 == _TRIES:
                    raise FolderBusy(f"{folder}/lock has been locked by another process for too long") from None
                time.sleep(_PAUSE)
        yield


@contextlib.contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Holds a lock for as long as something takes; gives whether it could be had at once.

    Args:
        path: The lock's file, which is made. The system lets go of the lock when the process ends, however it ends.
    """
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "rb") as file:
        is_alone = True
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            is_alone = False
        yield is_alone
