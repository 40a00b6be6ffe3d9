"""What a publisher says of a version of a model, signed when it is published and not when it is served."""
from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Dict, Optional, Tuple

from ..errors import Untrusted
from .fields import Fields
from .signature import PinnedKey, decoded

RELEASE_HEADER = "MetaNetwork-Release"
_WORD, _NUMBER = "[A-Za-z0-9._-]{1,64}", "[0-9]{1,16}"
_HEADER = re.compile(
    f"version=({_WORD}); counter=({_NUMBER}); issued=({_NUMBER}); expires=({_NUMBER}); previous=({_WORD}); key=({_WORD}); signature=([A-Za-z0-9+/=]*)")
# The greatest number that every reader of JSON has.
_LARGEST = 1 << 53
# How far a statement may lie ahead of the device's clock, in seconds.
_TOLERANCE = 86_400
_WHAT = "the manifest"


@dataclass(frozen=True)
class ReleaseStatement:
    """A statement of a model's publisher.

    Attributes:
        model: Name of the model.
        version: The version.
        manifest: SHA-256 of the manifest's bytes, in hexadecimal.
        counter: How many statements of the model there were up to this one.
        issued: When it was signed, in seconds since 1970.
        expires: From when on devices take it no more, in seconds since 1970.
        previous: Digest of the statement before.
        key: Which of the publisher's keys signed.
        signature: The Ed25519 signature in base64.
    """

    model: str
    version: str
    manifest: str
    counter: int
    issued: int
    expires: int
    previous: str
    key: str
    signature: str

    @staticmethod
    def read(header: str, model: str, manifest: str) -> Optional[ReleaseStatement]:
        """Reads the header of an answer about a manifest with this digest; None where it is none."""
        found = _HEADER.fullmatch(header)
        if found is None:
            return None
        version, counter, issued, expires, previous, key, signature = found.groups()
        numbers = (int(counter), int(issued), int(expires))
        if max(numbers) > _LARGEST or not numbers[0]:
            return None
        return ReleaseStatement(model, version, manifest, *numbers, previous, key, signature)

    @property
    def header(self) -> str:
        """The header's text."""
        return (f"version={self.version}; counter={self.counter}; issued={self.issued}; expires={self.expires}; "
                f"previous={self.previous}; key={self.key}; signature={self.signature}")

    @property
    def message(self) -> bytes:
        """What is signed."""
        return "".join(line + "\n" for line in (
            "metanetwork/release/1", f"model {self.model}", f"version {self.version}", f"manifest {self.manifest}",
            f"counter {self.counter}", f"issued {self.issued}", f"expires {self.expires}", f"previous {self.previous}",
            f"key {self.key}")).encode("utf-8")

    @property
    def digest(self) -> str:
        """What the next statement names this one by."""
        return sha256(self.message).hexdigest()

    @property
    def members(self) -> Dict[str, Any]:
        """All of it, for a file."""
        return dict(self.__dict__)

    @staticmethod
    def of(fields: Fields) -> ReleaseStatement:
        """Reads ``members`` again.

        Raises:
            FieldError: One is missing.
        """
        text, whole = fields.text, fields.whole
        return ReleaseStatement(text("model"), text("version"), text("manifest"), whole("counter"), whole("issued"),
                                whole("expires"), text("previous"), text("key"), text("signature"))


class ReleaseCheck:
    """What a publisher's statement must be before a device uses the version that it is about.

    Args:
        publishers: The keys that the app pins.
        model: The model.
    """

    def __init__(self, publishers: Tuple[PinnedKey, ...], model: str) -> None:
        self._publishers, self._model = publishers, model

    def statement(self, header: Optional[str], manifest: str, known: Optional[ReleaseStatement], now: int) -> ReleaseStatement:
        """Checks a statement that came: its signature, and that it is neither played again, nor stale, nor one of two.

        Args:
            header: The value of ``MetaNetwork-Release``; None where there was none.
            manifest: SHA-256 of the manifest's bytes.
            known: The newest statement that this device has taken.
            now: Seconds since 1970 by the device's clock.

        Raises:
            Untrusted: It is not to be taken.
        """
        statement = self.signed(header, manifest)
        if known is not None:
            self._check_order(statement, known)
            # A clock that was set back makes no old statement good.
            now = max(now, known.issued)
        if statement.issued > now + _TOLERANCE:
            raise Untrusted(_WHAT, f"its publisher signed it {(statement.issued - now) // 3600} hours from now; set this device's clock, "
                                   "or the publisher's")
        if statement.expires <= max(statement.issued, now):
            raise Untrusted(_WHAT, f"its publisher's word for it ended {(now - statement.expires) // 3600} hours ago; it has to be signed anew")
        return statement

    def signed(self, header: Optional[str], manifest: str) -> ReleaseStatement:
        """Checks form and signature alone: what was taken once stays good offline, as long as its key is pinned.

        Raises:
            Untrusted: It is not signed by a pinned publisher, or about something else.
        """
        if header is None:
            raise Untrusted(_WHAT, f"it has no header {RELEASE_HEADER}; publish it with a publisher's key that this app pins")
        statement = ReleaseStatement.read(header, self._model, manifest)
        if statement is None:
            raise Untrusted(_WHAT, f"its header {RELEASE_HEADER} is none")
        key = next((key for key in self._publishers if key.id == statement.key), None)
        if key is None:
            raise Untrusted(_WHAT, f"its publisher's key '{statement.key}' is not pinned in this app")
        signature = decoded(statement.signature)
        if signature is None or len(signature) != 64 or not key.signed(statement.message, signature):
            raise Untrusted(_WHAT, f"the signature of its publisher's key '{key.id}' does not fit it")
        return statement

    @staticmethod
    def _check_order(statement: ReleaseStatement, known: ReleaseStatement) -> None:
        if statement.counter < known.counter:
            raise Untrusted(_WHAT, f"it is the publisher's statement {statement.counter}, and this device has taken {known.counter}: "
                                   "it is played again")
        if statement.counter == known.counter and statement.digest != known.digest:
            raise Untrusted(_WHAT, f"the publisher's counter {statement.counter} was used twice, for another statement")
        if statement.counter == known.counter + 1 and statement.previous != known.digest:
            raise Untrusted(_WHAT, f"the publisher's statement {statement.counter} does not follow the one that this device has: the log forks")
