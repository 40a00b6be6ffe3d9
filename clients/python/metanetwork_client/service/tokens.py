"""Where the token comes from that requests bear."""
from __future__ import annotations

import json
import threading
from typing import Any, Callable, Dict, NamedTuple, Optional

from ..errors import Forgotten, StorageFailed, Unreachable, Unusable
from ..storage.identity import DeviceIdentity
from ..wire.fields import FieldError, Fields
from ..wire.json_text import JSONError, parse
from .address import AppKey, Credentials, ServiceAddress
from .exchange import SMALL_ANSWER, Exchange
from .transport import Request, Response


class Token(NamedTuple):
    """A token, when it ends in seconds since 1970, and the id of the device that it names; both None where only the app knows."""

    text: str
    expires: Optional[int]
    device: Optional[str]


class TokenSource:
    """Exchanges the app's key for tokens, or asks the app for them. Holds the last one.

    Args:
        address: Where the service is.
        credentials: How the device proves that it may ask.
        identity: Whom a token is to name.
        exchange: Sends what is asked.
        now: The device's clock, in seconds since 1970. One that is wrong costs a token too many, or a 401.
    """

    def __init__(self, address: ServiceAddress, credentials: Credentials, identity: DeviceIdentity, exchange: Exchange,
                 now: Callable[[], int]) -> None:
        self._address, self._credentials, self._identity = address, credentials, identity
        self._exchange, self._now = exchange, now
        self._token: Optional[Token] = None
        self._epoch = 0
        # One token is asked for at a time: proofs must come in the order of their counters. Nobody waits for the network to forget.
        self._lock, self._asking = threading.Lock(), threading.Lock()

    @property
    def epoch(self) -> int:
        """How often the device was forgotten."""
        return self._epoch

    def bearer(self, epoch: int, renew: bool = False) -> Optional[str]:
        """The token that a request bears; None where it bears none.

        Args:
            epoch: That in which the request began.
            renew: Whether another one is needed than the last.

        Raises:
            Forgotten: The device was forgotten meanwhile.
            ClientError: There is no token.
        """
        if self._credentials is None:
            return None
        with self._asking:
            with self._lock:
                self._check(epoch)
                if not renew and self._token is not None and (self._token.expires is None or self._token.expires > self._now()):
                    return self._token.text
            token = self._fresh(self._credentials)
            with self._lock:
                self._check(epoch)
                self._token = token
            return token.text

    def replace_device(self) -> bool:
        """Gives the device an id with a key in place of the one that its token names; whether there was one without a key."""
        with self._asking:
            with self._lock:
                device = self._token.device if self._token is not None else None
            if device is None or self._identity.key() is not None:
                return False
            try:
                self._identity.replace(device)
            except StorageFailed:
                return False
            if self._identity.kept() in (None, device):
                return False
            with self._lock:
                self._token = None
            return True

    def forget(self) -> None:
        """Forgets the token, which names the device."""
        with self._lock:
            self._token = None
            self._epoch += 1

    def _check(self, epoch: int) -> None:
        if epoch != self._epoch:
            raise Forgotten

    def _fresh(self, credentials: Credentials) -> Token:
        if isinstance(credentials, AppKey):
            return self._exchanged(credentials)
        try:
            return Token(credentials(), None, None)  # type: ignore[misc]
        except Exception as error:
            raise Unreachable(f"the app gave no token: {error}") from error

    def _exchanged(self, app: AppKey) -> Token:
        device, key = self._identity.id(), self._identity.key()
        message: Dict[str, Any] = {"device": device}
        # Another process may have made another meanwhile.
        if key is not None and key.device == device:
            challenge = self._challenge(app)
            if challenge is not None:
                message["proof"] = key.proof(challenge, self._identity.next_proof(self._now()))
        body = json.dumps(message).encode("ascii")
        response = self._exchange.send(
            Request("POST", self._address.tokens, SMALL_ANSWER, {"Content-Type": "application/json"}, body), app.key)
        fields = self._answered(response, "token")
        try:
            return Token(fields.text("token"), fields.whole("expires"), device)
        except FieldError:
            raise _nonsense("token") from None

    def _challenge(self, app: AppKey) -> Optional[str]:
        """What the key is to sign; None where the service, one of release 0.1, asks for nothing of the kind."""
        response = self._exchange.send(Request("POST", self._address.challenges, SMALL_ANSWER), app.key)
        if response.status in (404, 405):
            return None
        fields = self._answered(response, "challenge")
        try:
            fields.whole("expires")
            return fields.text("challenge")
        except FieldError:
            raise _nonsense("challenge") from None

    def _answered(self, response: Response, what: str) -> Fields:
        if response.status != 200:
            raise self._exchange.refusal(response)
        try:
            return Fields(parse(response.body))
        except (FieldError, JSONError):
            raise _nonsense(what) from None


def _nonsense(what: str) -> Unusable:
    return Unusable(f"the {what}", f"the answer is no {what}")
