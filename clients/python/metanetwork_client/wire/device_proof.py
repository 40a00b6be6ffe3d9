"""By what a device shows that it has the key that its id was made of, so that nobody else is that device."""
from __future__ import annotations

import base64
import uuid
from hashlib import sha256
from typing import Dict, Optional, Union

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .signature import decoded

_KEY_BYTES = 32


class DeviceKey:
    """The Ed25519 key pair of an installation.

    Args:
        raw: The 32 bytes of the private key; None for a new one.
    """

    def __init__(self, raw: Optional[bytes] = None) -> None:
        self._key = Ed25519PrivateKey.generate() if raw is None else Ed25519PrivateKey.from_private_bytes(raw)
        self._public = self._key.public_key().public_bytes_raw()

    @staticmethod
    def read(text: bytes) -> Optional[DeviceKey]:
        """Reads what ``text`` gave; None where it is no key."""
        raw = decoded(text.decode("ascii", "replace"))
        return DeviceKey(raw) if raw is not None and len(raw) == _KEY_BYTES else None

    @property
    def text(self) -> bytes:
        """The private key in base64, for the disk."""
        return base64.b64encode(self._key.private_bytes_raw())

    @property
    def device(self) -> str:
        """The id of the device that has the key, a UUID in capital letters."""
        digest = sha256(b"metanetwork/device-id/1\n" + self._public).digest()
        return str(uuid.UUID(bytes=digest[:16])).upper()

    def proof(self, challenge: str, counter: int) -> Dict[str, Union[str, int]]:
        """Answers a challenge: the member ``proof`` of a request for a token.

        Args:
            challenge: What the service gave to be signed.
            counter: Above that of every proof before.
        """
        message = f"metanetwork/device/1\ndevice {self.device}\nchallenge {challenge}\ncounter {counter}\n".encode("utf-8")
        return {"key": _base64(self._public), "challenge": challenge, "counter": counter,
                "signature": _base64(self._key.sign(message))}


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
