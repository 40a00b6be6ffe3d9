"""Whose answers are believed: Ed25519 signatures in the labels 2 and 3 of the wire."""
from __future__ import annotations

import base64
import binascii
from hashlib import sha256
from typing import Iterable, Optional, Tuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..errors import InvalidKey, SharedKey, Untrusted

# The labels that this client reads, as it names them in each request.
ACCEPT_HEADER = "MetaNetwork-Accept"
ACCEPTED = "3, 2"
# What this client says of itself in each request: its library and release; of the device see wire/capability.py.
CLIENT_HEADER = "MetaNetwork-Client"
CLIENT = "python/0.2.0"
SIGNATURE_HEADER = "MetaNetwork-Signature"

# Kinds of answers, as they are signed.
MANIFEST, PARAMETERS, ANSWER = "manifest", "parameters", "answer"

_SIGNATURE_BYTES = 64
_STEP_BYTES = 33
_MAXIMUM_STEPS = 32


class PinnedKey:
    """A server's public Ed25519 key, built into the app.

    Args:
        key_id: The key's id, as in the header ``MetaNetwork-Signature``.
        key: The base64 of its 32 bytes, as ``metanetwork serve`` prints it.

    Raises:
        InvalidKey: It is not the base64 of 32 bytes, or the id is empty.
    """

    def __init__(self, key_id: str, key: str) -> None:
        raw = decoded(key)
        if not key_id or raw is None or len(raw) != 32:
            raise InvalidKey(key_id)
        self.id, self.raw = key_id, raw
        self._key = Ed25519PublicKey.from_public_bytes(raw)

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature (64 bytes) is this key's of the message."""
        try:
            self._key.verify(signature, message)
            return True
        except (InvalidSignature, ValueError):
            return False


class Trust:
    """Whose answers the client believes.

    Args:
        keys: The service's pinned key, or two while it changes from one to the other.
        publishers: The keys of who says which models devices run. Without one the service's key is believed for models too.

    Raises:
        SharedKey: A key is the service's and the publisher's.
    """

    def __init__(self, *keys: PinnedKey, publishers: Iterable[PinnedKey] = ()) -> None:
        self._keys: Optional[Tuple[PinnedKey, ...]] = keys
        self.publishers: Tuple[PinnedKey, ...] = tuple(publishers)
        for publisher in self.publishers:
            if any(key.raw == publisher.raw for key in keys):
                raise SharedKey(publisher.id)

    @classmethod
    def unsigned(cls) -> Trust:
        """Signatures are not looked at. For development: whoever is between device and server could send weights."""
        trust = cls()
        trust._keys = None
        return trust

    @property
    def checks_signatures(self) -> bool:
        """Whether signatures are looked at."""
        return self._keys is not None

    def check(self, body: bytes, header: Optional[str], kind: str) -> None:
        """Checks the signature of an answer.

        Args:
            body: The whole body.
            header: The value of ``MetaNetwork-Signature``; None where there was none.
            kind: ``manifest``, ``parameters`` or ``answer``.

        Raises:
            Untrusted: It is not signed by a pinned key, or the signature is of something else.
        """
        if self._keys is None:
            return
        what = f"the {kind}"
        if header is None:
            raise Untrusted(what, f"it has no header {SIGNATURE_HEADER}; the server must sign")
        parts = _parts(header)
        if parts is None:
            raise Untrusted(what, f"its header {SIGNATURE_HEADER} is not 'label:key-id=base64'")
        label, key_id, raw = parts
        key = next((key for key in self._keys if key.id == key_id), None)
        if key is None:
            raise Untrusted(what, f"its key '{key_id[:64]}' is not pinned in this app")
        root = _root(body, raw[_SIGNATURE_BYTES:], label)
        if root is None or not key.signed(_line(kind, label) + root, raw[:_SIGNATURE_BYTES]):
            raise Untrusted(what, f"the signature of key '{key.id}' does not fit its bytes")


def decoded(text: str) -> Optional[bytes]:
    """The bytes of a text in base64, in its one form: padded, the bits that are left over zero; None where it is none."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode("ascii") == text else None


def _parts(header: str) -> Optional[Tuple[int, str, bytes]]:
    """Label, key id, and the bytes of signature and path; None where the header is something else."""
    names, equals, text = header.partition("=")
    label, colon, key_id = names.partition(":")
    if not colon:
        # Label 2 is the one that is not named.
        label, key_id = "2", names
    elif label != "3":
        return None
    raw = decoded(text)
    if not equals or not text or not key_id or raw is None:
        return None
    return int(label), key_id, raw


def _line(word: str, label: int) -> bytes:
    return b"metanetwork/%s/%d\n" % (word.encode("ascii"), label)


def _root(body: bytes, path: bytes, label: int) -> Optional[bytes]:
    """The root above an answer at the end of a path of digests; None where the bytes are no path."""
    if len(path) % _STEP_BYTES or len(path) > _MAXIMUM_STEPS * _STEP_BYTES:
        return None
    node = sha256((b"" if label == 2 else _line("leaf", label)) + body).digest()
    for start in range(0, len(path), _STEP_BYTES):
        side, neighbour = path[start], path[start + 1:start + _STEP_BYTES]
        if side > 1:
            return None
        left, right = (node, neighbour) if side else (neighbour, node)
        node = sha256(_line("node", label) + left + right).digest()
    return node
