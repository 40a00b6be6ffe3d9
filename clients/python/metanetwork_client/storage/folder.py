"""What a device keeps of one model.

::

    current                  which version of the model is in use
    bases/DIGEST/            the last two versions, each a bundle without its generator
    bases/DIGEST/release     what its publisher says of it
    bases/fetching-DIGEST/   what has come of a version that is being fetched
    release                  the newest statement of a publisher that was taken
    personal/NUMBER          the last two sets of personal weights
    guard                    how personal weights fared beside the base model
    samples.jsonl            recent samples
    device, device.copy, …   who this installation is to the service, see ``DeviceIdentity``
"""
from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

from ..bundle.manifest import DEVICE, MANIFEST, PROMPT, VOCABULARY, file_limit
from ..errors import StorageFailed
from ..limits import Limits
from ..wire.fields import FieldError, Fields
from ..wire.json_text import JSONError, parse
from ..wire.release import ReleaseStatement
from .files import locked, make_folder, read, read_sealed, remove, set_aside, stored, write, write_sealed
from .identity import DeviceIdentity

# Sets of personal weights, and versions of the model, that are kept.
_KEPT = 2
_FETCHING = "fetching-"
_RECORD_BYTES = 4096


@dataclass(frozen=True)
class StoredParameters:
    """Personal weights as they came, with what is needed to check them again and to tell their age.

    Attributes:
        version: The version of the model that they belong to.
        nonce: The nonce of the request.
        signature: The header ``MetaNetwork-Signature``; None where there was none.
        received: When they came, in seconds since 1970 by the device's clock.
        last_sample: Id of the last sample behind them.
        payload: The safetensors of the answer, byte by byte.
    """

    version: str
    nonce: str
    signature: Optional[str]
    received: int
    last_sample: Optional[str]
    payload: bytes

    def encoded(self) -> bytes:
        """One line of JSON, and the payload."""
        record: Dict[str, Any] = {"version": self.version, "nonce": self.nonce, "received": self.received}
        if self.signature is not None:
            record["signature"] = self.signature
        if self.last_sample is not None:
            record["lastSample"] = self.last_sample
        return json.dumps(record, separators=(",", ":")).encode("utf-8") + b"\n" + self.payload

    @staticmethod
    def read(data: bytes) -> Optional[StoredParameters]:
        """Reads a set; None where the bytes are something else, or weights that a device learned itself."""
        line, _, payload = data.partition(b"\n")
        try:
            fields = Fields(parse(line))
            if fields.members.get("isLearned"):
                return None
            return StoredParameters(fields.text("version"), fields.text("nonce"), fields.optional_text("signature"),
                                    fields.whole("received"), fields.optional_text("lastSample"), payload)
        except (FieldError, JSONError):
            return None


class ModelFolder:
    """The folder of a model, in the directory that an app gives.

    Attributes:
        identity: Who this installation is.

    Args:
        directory: Where the folder is made.
        model: The model's name, which was checked.
        limits: Maximum sizes of what is read.
    """

    def __init__(self, directory: Path, model: str, limits: Limits) -> None:
        self.root, self._limits = directory / model, limits
        self._bases, self._personal = self.root / "bases", self.root / "personal"
        self.identity = DeviceIdentity(self.root)

    def prepare(self) -> None:
        """Makes the folders.

        Raises:
            StorageFailed: The disk refuses.
        """
        with stored():
            for folder in (self.root, self._bases, self._personal):
                make_folder(folder)

    # Versions of the model.

    def bases(self) -> List[str]:
        """Digests of the stored versions, the one in use first."""
        current = None
        try:
            data = read_sealed(self.root / "current", _RECORD_BYTES)
            current = Fields(parse(data)).text("digest") if data is not None else None
        except (StorageFailed, FieldError, JSONError):
            set_aside(self.root / "current")
        digests = [name for name in _names(self._bases) if len(name) == 64]
        return sorted(digests, key=lambda digest: (digest != current, digest))

    def base(self, digest: str) -> Dict[str, bytes]:
        """The files of a stored version, by name, read while no other process replaces them.

        Raises:
            StorageFailed: One is missing, too large, or not the one that was stored.
        """
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError):  # where nothing can be locked nobody writes either
                stack.enter_context(locked(self.root))
            contents = read_bundle(self._bases / digest, self._limits)
        if sha256(contents[MANIFEST]).hexdigest() != digest:
            raise StorageFailed("the manifest of a stored version is damaged")
        return contents

    def set_base_aside(self, digest: str) -> None:
        """Has a damaged version be read no more."""
        with contextlib.suppress(OSError, StorageFailed), locked(self.root):
            set_aside(self._bases / digest)

    def fetching(self, digest: str) -> Path:
        """Where the files of a version lie until all have come. Those of other versions go.

        Raises:
            StorageFailed: The disk refuses.
        """
        folder = self._bases / (_FETCHING + digest)
        with stored(), locked(self.root):
            self._forget_fetched(folder.name)
            make_folder(folder)
        return folder

    def keep_base(self, digest: str, manifest: bytes, before: Optional[str], release: Optional[ReleaseStatement]) -> None:
        """Makes the fetched files the version in use; versions older than the last two go.

        Args:
            digest: The version, whose files lie where ``fetching`` says.
            manifest: Its manifest.
            before: The one in use until now.
            release: What its publisher says of it; None where the app pins no publisher.

        Raises:
            StorageFailed: The disk refuses.
        """
        fetched, place = self._bases / (_FETCHING + digest), self._bases / digest
        with stored(), locked(self.root):
            if fetched.exists():
                write(fetched / MANIFEST, manifest)
                remove(place)
                fetched.rename(place)
            if release is not None:
                self._write(release, digest)
            write_sealed(self.root / "current", json.dumps({"digest": digest}).encode("ascii"))
            for name in _names(self._bases):
                if len(name) == 64 and name not in (digest, before):
                    remove(self._bases / name)
            self._forget_fetched()

    def release(self, digest: str) -> Optional[str]:
        """What a publisher said of a stored version, as its header has it; None where nothing is kept."""
        with contextlib.suppress(StorageFailed):
            data = read(self._bases / digest / "release", _RECORD_BYTES)
            return None if data is None else data.decode("utf-8", "replace")
        return None

    def known_release(self) -> Optional[ReleaseStatement]:
        """The newest statement that was taken; None before the first.

        Raises:
            StorageFailed: It is damaged: it is set aside then.
        """
        try:
            data = read_sealed(self.root / "release", _RECORD_BYTES)
            return None if data is None else ReleaseStatement.of(Fields(parse(data)))
        except (StorageFailed, FieldError, JSONError):
            set_aside(self.root / "release")
            raise StorageFailed("the note of the publisher's last statement is damaged") from None

    def keep_release(self, release: ReleaseStatement, digest: str) -> None:
        """Keeps what a publisher says of a version that is in use already.

        Raises:
            StorageFailed: The disk refuses.
        """
        with stored(), locked(self.root):
            self._write(release, digest)

    def _write(self, release: ReleaseStatement, digest: str) -> None:
        if (self._bases / digest).exists():
            write(self._bases / digest / "release", release.header.encode("ascii"))
        with contextlib.suppress(StorageFailed):
            known = self.known_release()
            if known is not None and known.counter >= release.counter:
                return
        write_sealed(self.root / "release", json.dumps(release.members).encode("ascii"))

    def forget_fetched(self) -> None:
        """Removes what came of a version that is not wanted any more; what cannot be removed now goes later."""
        with contextlib.suppress(OSError, StorageFailed), locked(self.root):
            self._forget_fetched()

    def _forget_fetched(self, but: str = "") -> None:
        for name in _names(self._bases):
            if name.startswith(_FETCHING) and name != but:
                remove(self._bases / name)

    def copies(self, name: str, also: Optional[Path]) -> List[Path]:
        """Places where a file of this name lies, in stored versions and in the app's own bundle."""
        folders = [self._bases / digest for digest in self.bases()] + ([also] if also else [])
        return [folder / name for folder in folders]

    # Personal weights.

    def personal_sets(self) -> Tuple[List[StoredParameters], List[str]]:
        """The stored sets, the newest first, and the names of those that were damaged and are set aside now."""
        sets, damaged = [], []
        for number in reversed(self._numbers()):
            path = self._personal / str(number)
            try:
                data = read_sealed(path, 2 * self._limits.parameters_bytes)
            except StorageFailed:
                set_aside(path)
                damaged.append(path.name)
                continue
            found = StoredParameters.read(data) if data is not None else None
            if found is not None:
                sets.append(found)
        return sets, damaged

    def keep_personal(self, parameters: StoredParameters) -> None:
        """Stores a set under the next number; older ones than the last two go.

        Raises:
            StorageFailed: The disk refuses.
        """
        with stored(), locked(self.root):
            numbers = self._numbers()
            write_sealed(self._personal / str((numbers or [0])[-1] + 1), parameters.encoded())
            for number in numbers[:1 - _KEPT]:
                remove(self._personal / str(number))

    def _numbers(self) -> List[int]:
        names = _names(self._personal)
        return sorted(int(name) for name in names if name.isascii() and name.isdigit() and int(name) < 1 << 32)

    # The rest.

    def guard(self) -> Optional[Mapping[str, Any]]:
        """How personal weights fared so far; None where nothing is kept.

        Raises:
            StorageFailed: It is damaged: it is set aside then, and the guard begins anew.
        """
        try:
            data = read_sealed(self.root / "guard", _RECORD_BYTES)
            return None if data is None else Fields(parse(data)).members
        except (StorageFailed, FieldError, JSONError):
            set_aside(self.root / "guard")
            raise StorageFailed("the record of how personal weights fared is damaged; it begins anew") from None

    def keep_guard(self, record: Mapping[str, Any]) -> None:
        """Stores how personal weights fared; after every choice, so that it does not wait for the disk.

        Raises:
            StorageFailed: The disk refuses.
        """
        with stored(), locked(self.root):
            write_sealed(self.root / "guard", json.dumps(record).encode("ascii"), waits=False)

    def forget(self) -> None:
        """Removes all that tells of the user: samples, personal weights, how they fared, the installation's id and key.

        Raises:
            StorageFailed: A file could not be removed.
        """
        with stored(), locked(self.root):
            for name in _names(self.root):
                if name not in ("lock", "current", "release", "bases"):
                    remove(self.root / name)
            make_folder(self._personal)
        self.identity.forget()


def read_bundle(folder: Path, limits: Limits) -> Dict[str, bytes]:
    """The files of a bundle that this client reads, by name.

    Raises:
        StorageFailed: One is missing or too large.
    """
    contents = {}
    for name in (MANIFEST, DEVICE, VOCABULARY, PROMPT):
        data = read(folder / name, limits.manifest_bytes if name == MANIFEST else file_limit(name, limits))
        if data is not None:
            contents[name] = data
        elif name != PROMPT:
            raise StorageFailed(f"{folder.name} has no {name}")
    return contents


def _names(folder: Path) -> List[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []
