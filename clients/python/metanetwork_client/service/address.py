"""Where the service is, what its routes are called, and how a device proves that it may ask."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Union
from urllib.parse import urlsplit

from ..bundle.manifest import is_model_name
from ..errors import InsecureServer, InvalidModelName
from ..wire.signature import Trust


@dataclass(frozen=True)
class AppKey:
    """The app's key, exchanged for short-lived tokens of this device (``POST /v1/tokens``).

    It can be read out of the app; give it no more rights than that.
    """

    key: str


# None of an open service; or a function of your own, called for a token before the first request and after a 401.
Credentials = Union[None, AppKey, Callable[[], str]]

_LOCAL = ("localhost", "127.0.0.1", "::1")


class ServiceAddress:
    """The addresses of a model's routes.

    Args:
        server: The service's address; https, except on this machine, or with ``Trust.unsigned()`` and no credentials.
        model: The model's name.
        trust: Whose answers are believed.
        credentials: How the device proves that it may ask.

    Raises:
        InvalidModelName: The name cannot be a part of an address.
        InsecureServer: Others could read the credentials, or replace answers.
    """

    def __init__(self, server: str, model: str, trust: Trust, credentials: Credentials) -> None:
        if not is_model_name(model):
            raise InvalidModelName(model)
        try:
            parts = urlsplit(server)
            scheme, host = parts.scheme.lower(), parts.hostname
        except ValueError:
            raise InsecureServer(server) from None
        is_open = not trust.checks_signatures and credentials is None
        if not host or scheme != "https" and not (scheme == "http" and (is_open or host in _LOCAL)):
            raise InsecureServer(server)
        self._root = server.rstrip("/") + "/v1"
        self._model = f"{self._root}/models/{model}"

    @property
    def manifest(self) -> str:
        """The manifest of the version for this device."""
        return self._model

    @property
    def parameters(self) -> str:
        """Personal weights."""
        return self._model + "/parameters"

    @property
    def answers(self) -> str:
        """What the larger model in the cloud makes of an input."""
        return self._model + "/answers"

    @property
    def challenges(self) -> str:
        """What a device signs to get a token that only it gets."""
        return self._root + "/challenges"

    @property
    def tokens(self) -> str:
        """Tokens for an app key."""
        return self._root + "/tokens"

    def file(self, name: str, version: str) -> str:
        """A file of a version, by its name in the bundle."""
        return f"{self._model}/versions/{version}/{name.partition('.')[0]}"
