"""What can go wrong. What was in use before stays in use, whatever is raised here."""
from __future__ import annotations

from typing import Optional


class ClientError(Exception):
    """Anything that this package raises for what a service, a file, a sample or an address is.

    ``str(error)`` says what is wrong and, where something can be done about it, what.
    """


class InvalidModelName(ClientError):
    """The name cannot be a folder and a part of an address."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} cannot name a model; use 1 to 64 letters, digits, '-', '_' and '.', not starting with '.'")


class InsecureServer(ClientError):
    """The server's address is no https, which signatures and credentials need beyond this machine."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} is not https; plain http is for a server on this machine, or with "
                         "Trust.unsigned() and no credentials")


class InvalidKey(ClientError):
    """A pinned key is not 32 bytes in base64."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"the key {key_id!r} is not the base64 of 32 bytes; copy the server's public key again")


class SharedKey(ClientError):
    """A key is pinned for the service and for the publisher: whoever has the service's could make models."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"the publisher's key {key_id!r} is pinned for the service too; make one of its own with: metanetwork keys new "
                         "FILE --publisher")


class NoModel(ClientError):
    """There is no model on this device, and none could be fetched."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"no model is on this device and none could be fetched: {reason}; put a bundle into the app, or "
                         "try again with a network")


class Unreachable(ClientError):
    """No answer came, or not all of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"no answer: {reason[:300]}")


class Refused(ClientError):
    """The service answered with an error.

    Attributes:
        status: The HTTP status.
        detail: What is wrong with the request, as the service says.
        fix: What to do about it; None where the service does not say.
        word: The word that names the problem, for example ``version-gone``; None where the answer is not the service's
            own, but for example a balancer's.
        wait: Seconds for which the service asks to wait; None where it does not.
    """

    def __init__(self, status: int, detail: str, fix: Optional[str] = None, word: Optional[str] = None,
                 wait: Optional[int] = None) -> None:
        super().__init__(f"the service answered {status}: {detail}" + (f"; {fix}" if fix else ""))
        self.status, self.detail, self.fix, self.word, self.wait = status, detail, fix, word, wait


class RetryLater(ClientError):
    """The service asked to wait.

    Attributes:
        seconds: For how long from now.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(f"not now; try again in {seconds} s")
        self.seconds = seconds


class Untrusted(ClientError):
    """An answer, or a file, is not signed by a pinned key or not what was signed."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what} was refused: {reason}")
        self.what, self.reason = what, reason


class Unusable(ClientError):
    """An answer, or a file, is signed but cannot be used."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what} cannot be used: {reason}")
        self.what, self.reason = what, reason


class StorageFailed(ClientError):
    """The disk could not be read or written; the model continues in memory."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"storage failed ({reason}); continuing in memory")


class InvalidSample(ClientError):
    """A sample's id is empty or too long, a vector is none that the model reads, or the model takes the other kind."""

    def __init__(self) -> None:
        super().__init__("a sample was not recorded: its id was empty or too long, or it is none that this model reads")


class InvalidInput(ClientError):
    """The model was asked for what it cannot give, or with an input of another size."""


class Forgotten(ClientError):
    """``PersonalModel.forget`` was called while an answer was awaited."""

    def __init__(self) -> None:
        super().__init__("everything was forgotten meanwhile")
