"""The service's endpoints, one method each. Answers are checked for size and status here, for truth by who asked."""
from __future__ import annotations

from typing import Callable, Dict, NamedTuple, Optional, Tuple, Union

from ..limits import Limits
from ..storage.identity import DeviceIdentity
from ..wire.messages import ParametersRequest
from ..wire.release import RELEASE_HEADER
from ..wire.signature import CLIENT, CLIENT_HEADER, SIGNATURE_HEADER
from .address import Credentials, ServiceAddress
from .exchange import SMALL_ANSWER, Exchange
from .tokens import TokenSource
from .transport import Request, Response, Sink, Transport

# The problem of a token that was given without a proof, at a service that asks for them.
_UNPROVEN = "device-unproven"


class Signed(NamedTuple):
    """A body as it came, and the header with its signature, where there was one."""

    body: bytes
    signature: Optional[str]
    release: Optional[str] = None


class Unchanged(NamedTuple):
    """That the version in use is the current one, and what its publisher says of it, where that came."""

    release: Optional[str]


class CloudService:
    """Asks the service, with a token where it wants one.

    Args:
        address: Where it is.
        transport: What carries requests.
        credentials: How the device proves that it may ask.
        identity: Who this installation is.
        limits: Longest answers.
        now: The device's clock, in seconds since 1970.
        client: What it says of itself where it asks for a manifest.
    """

    def __init__(self, address: ServiceAddress, transport: Transport, credentials: Credentials, identity: DeviceIdentity,
                 limits: Limits, now: Callable[[], int], client: str = CLIENT) -> None:
        self._client = client
        self.address, self._limits, self._exchange = address, limits, Exchange(transport, now)
        self._tokens = TokenSource(address, credentials, identity, self._exchange, now)

    def manifest(self, version: Optional[str]) -> Union[Signed, Unchanged]:
        """The manifest of the current version, where that is another than the one in use.

        Args:
            version: The version in use, from its signed manifest: a tag that came with an answer is not signed.

        Raises:
            ClientError: No answer, or an error of the service.
        """
        request = Request("GET", self.address.manifest, max(self._limits.manifest_bytes, SMALL_ANSWER), {CLIENT_HEADER: self._client})
        if version is not None:
            request.headers["If-None-Match"] = f'"{version}"'
        response = self._send(request)
        if response.status == 304 and version is not None:
            return Unchanged(response.headers.get(RELEASE_HEADER.lower()))
        return self._signed(response)

    def parameters(self, message: ParametersRequest) -> Optional[Signed]:
        """Asks for personal weights; None where the version is no longer served.

        Raises:
            ClientError: No answer, or an error of the service.
        """
        request = Request("POST", self.address.parameters, max(self._limits.parameters_bytes, SMALL_ANSWER),
                          {"Content-Type": "application/json"}, message.body())
        response = self._send(request)
        return None if response.status == 409 else self._signed(response)

    def answer(self, body: bytes, timeout: float) -> Signed:
        """Has the larger model in the cloud answer an input.

        Args:
            body: ``wire.messages.answer_request``.
            timeout: Longest wait in seconds.

        Raises:
            ClientError: No answer, or an error of the service: 404 where it has no larger model.
        """
        request = Request("POST", self.address.answers, SMALL_ANSWER, {"Content-Type": "application/json"}, body,
                          timeout=timeout)
        return self._signed(self._send(request))

    def file(self, name: str, version: str, size: int, sink: Sink, resumption: Optional[Tuple[int, str]]) -> Response:
        """Asks for a file of a version, or for the rest of it.

        Args:
            name: Its name in the bundle.
            version: The version.
            size: Its size in bytes.
            sink: Takes its bytes.
            resumption: How many bytes there are, and the tag of the file that they are of; None for the whole file.

        Returns:
            The answer, of status 200, 206 or 416.

        Raises:
            ClientError: No answer, an error of the service, or what the sink raised.
        """
        headers: Dict[str, str] = {}
        if resumption is not None:
            # Parts are counted in the bytes of the file and not of a compressed form.
            headers = {"Accept-Encoding": "identity", "Range": f"bytes={resumption[0]}-", "If-Range": resumption[1]}
        # An error's text must be readable too, however small the file.
        request = Request("GET", self.address.file(name, version), max(size, SMALL_ANSWER), headers, sink=sink)
        response = self._send(request)
        if response.status not in (200, 206) and not (response.status == 416 and resumption is not None):
            raise self._exchange.refusal(response)
        return response

    def forget_device(self) -> None:
        """Forgets the token, which names the device; requests that are on their way get no other."""
        self._tokens.forget()

    def _send(self, request: Request) -> Response:
        """Sends a request with a token; after a 401 once more with a new one.

        Raises:
            Forgotten: The device was forgotten before the request could be sent.
            ClientError: No answer, or no token.
        """
        epoch = self._tokens.epoch
        token = self._tokens.bearer(epoch)
        response = self._exchange.send(request, token)
        if token is None:
            return response
        has_other = response.status == 401
        # The service has come to ask for a key of each device: one whose id is random begins anew with one.
        if response.status == 403 and self._exchange.refusal(response).word == _UNPROVEN:
            has_other = self._tokens.replace_device()
        return self._exchange.send(request, self._tokens.bearer(epoch, renew=True)) if has_other else response

    def _signed(self, response: Response) -> Signed:
        if response.status != 200:
            raise self._exchange.refusal(response)
        headers = response.headers
        return Signed(response.body, headers.get(SIGNATURE_HEADER.lower()), headers.get(RELEASE_HEADER.lower()))
