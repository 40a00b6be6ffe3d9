"""Who this installation is to the service."""
from __future__ import annotations

import uuid
from pathlib import Path
from typing import List, Optional

from ..errors import StorageFailed
from ..wire.device_proof import DeviceKey
from .files import locked, read_sealed, stored, write_sealed

_ID_BYTES = 64
_COUNTER_BYTES = 32
# Ids of before that are kept; who changes it more often loses the oldest.
_MAXIMUM_FORMER = 1_024


class DeviceIdentity:
    """The id of an installation, and the key that it was made of, in the files of the Swift SDK.

    ::

        device, device.copy   the id, twice
        device.key            the private key that it was made of; none of an id that was made before there were keys
        device.counter        the counter of the last proof
        former                ids of before, under which the SDK shared samples

    Args:
        root: The folder of the model.
    """

    def __init__(self, root: Path) -> None:
        self._root, self._places = root, [root / name for name in ("device", "device.copy")]
        self._key_file, self._counter_file, self._former_file = root / "device.key", root / "device.counter", root / "former"
        self._unkept = _random()

    def id(self) -> str:
        """The id, made of a new key on first use; a random one that is there stays. One that cannot be kept has no key, and serves until
        the app ends."""
        kept = [_id(place) for place in self._places]
        if kept[0] is not None and kept[0] == kept[1]:
            return kept[0]
        try:
            with stored(), locked(self._root):
                found = self.kept() or self._new_key()
                self._store(found)
                return found
        except StorageFailed:
            return self.kept() or self._unkept

    def kept(self) -> Optional[str]:
        """The id that is stored; None where there is none, or both copies are damaged."""
        return next((found for found in map(_id, self._places) if found is not None), None)

    def key(self) -> Optional[DeviceKey]:
        """The key that the stored id was made of; None where it is random, or the key is lost."""
        try:
            key = self._read_key()
        except StorageFailed:
            return None
        return key if key is not None and key.device == self.kept() else None

    def check(self) -> None:
        """Looks at the key.

        Raises:
            StorageFailed: It is there, and is none.
        """
        try:
            self._read_key()
        except StorageFailed:
            raise StorageFailed(f"{self._key_file.name} is damaged; the device keeps its id until the service asks for a proof, and "
                                "becomes another then") from None

    def next_proof(self, now: int) -> int:
        """A counter above all before: it goes on from the device's clock, so that one that is lost begins above what was used.

        Args:
            now: Seconds since 1970 by the device's clock.

        Raises:
            StorageFailed: It could not be kept, and so may not be used.
        """
        with stored(), locked(self._root):
            counter = max(now, self._last_proof() + 1)
            write_sealed(self._counter_file, str(counter).encode("ascii"))
        return counter

    def replace(self, device: str) -> None:
        """Makes another id, with a key, in place of one that has none, which the service asks for. What the SDK shared under the one before
        it can have deleted still.

        Args:
            device: The id without a key.

        Raises:
            StorageFailed: The disk refuses.
        """
        with stored(), locked(self._root):
            # Another process may have done so.
            if self.kept() != device or self.key() is not None:
                return
            if (self._root / "shared").exists():
                former = [*self._former(), device][-_MAXIMUM_FORMER:]
                write_sealed(self._former_file, "\n".join(former).encode("ascii"))
            self._store(self._new_key())

    def forget(self) -> None:
        """Forgets the id that could not be kept; the folder forgets the others."""
        self._unkept = _random()

    def _new_key(self) -> str:
        """Makes a key and stores it; the id that it makes. The lock is held. Raises ``OSError``."""
        key = DeviceKey()
        write_sealed(self._key_file, key.text)
        return key.device

    def _store(self, device: str) -> None:
        for place in self._places:
            if _id(place) != device:
                write_sealed(place, device.encode("ascii"))

    def _read_key(self) -> Optional[DeviceKey]:
        data = read_sealed(self._key_file, _ID_BYTES)
        key = DeviceKey.read(data) if data is not None else None
        if data is not None and key is None:
            raise StorageFailed(f"{self._key_file.name} holds no key")
        return key

    def _last_proof(self) -> int:
        try:
            data = read_sealed(self._counter_file, _COUNTER_BYTES) or b""
        except StorageFailed:
            return 0
        # The greatest number of 64 bits leaves none above it.
        return int(data) if data.isdigit() and int(data) < (1 << 63) - 1 else 0

    def _former(self) -> List[str]:
        try:
            data = read_sealed(self._former_file, _ID_BYTES * _MAXIMUM_FORMER) or b""
            return [line for line in data.decode("ascii").split("\n") if _is_id(line)]
        except (StorageFailed, ValueError):
            return []


def _random() -> str:
    return str(uuid.uuid4()).upper()


def _id(place: Path) -> Optional[str]:
    try:
        data = read_sealed(place, _ID_BYTES)
        text = data.decode("ascii") if data is not None else ""
    except (StorageFailed, ValueError):
        return None
    return text if _is_id(text) else None


def _is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
