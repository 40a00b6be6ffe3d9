"""The service's endpoints, one method each. Answers are checked for size and status here, for truth by who asked."""
from __future__ import annotations

import json
import threading
from email.utils import parsedate_to_datetime
from typing import Callable, Dict, NamedTuple, Optional, Tuple, Union

from ..errors import ClientError, Refused, Unreachable, Unusable
from ..limits import Limits
from ..wire.fields import FieldError, Fields
from ..wire.json_text import JSONError, parse
from ..wire.messages import ParametersRequest, Problem
from ..wire.release import RELEASE_HEADER
from ..wire.signature import ACCEPT_HEADER, ACCEPTED, SIGNATURE_HEADER
from .address import AppKey, Credentials, ServiceAddress
from .transport import Request, Response, Sink, Transport

# Maximum size of the body of an answer that is no file, in bytes.
SMALL_ANSWER = 64 << 10
_PROBLEM = "urn:metanetwork:problem:"
_LONGEST_WAIT = 86_400


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
        device_id: Gives the random id of this installation.
        limits: Longest answers.
        now: The device's clock, in seconds since 1970.
    """

    def __init__(self, address: ServiceAddress, transport: Transport, credentials: Credentials,
                 device_id: Callable[[], str], limits: Limits, now: Callable[[], int]) -> None:
        self.address, self._transport, self._limits, self._now = address, transport, limits, now
        self._credentials, self._device_id = credentials, device_id
        self._token: Optional[Tuple[str, Optional[int]]] = None
        self._lock = threading.Lock()

    def manifest(self, version: Optional[str]) -> Union[Signed, Unchanged]:
        """The manifest of the current version, where that is another than the one in use.

        Args:
            version: The version in use, from its signed manifest: a tag that came with an answer is not signed.

        Raises:
            ClientError: No answer, or an error of the service.
        """
        request = Request("GET", self.address.manifest, max(self._limits.manifest_bytes, SMALL_ANSWER))
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
            raise self._refusal(response)
        return response

    def forget_device(self) -> None:
        """Forgets the token, which names the device."""
        with self._lock:
            self._token = None

    # Sending.

    def _send(self, request: Request) -> Response:
        """Sends a request with a token; after a 401 once more with a new one."""
        token = self._bearer(renew=False)
        response = self._exchange(request, token)
        if response.status == 401 and token is not None:
            response = self._exchange(request, self._bearer(renew=True))
        return response

    def _exchange(self, request: Request, bearer: Optional[str]) -> Response:
        request.headers[ACCEPT_HEADER] = ACCEPTED
        if bearer is not None:
            request.headers["Authorization"] = f"Bearer {bearer}"
        try:
            response = self._transport.send(request)
        except ClientError:
            raise
        except Exception as error:  # a transport of the app's own may raise anything
            raise Unreachable(f"{type(error).__name__}: {error}") from error
        if len(response.body) > request.limit:
            raise Unreachable(f"the answer is longer than {request.limit} bytes, the limit")
        return response

    def _bearer(self, renew: bool) -> Optional[str]:
        if self._credentials is None:
            return None
        with self._lock:
            if not renew and self._token is not None and (self._token[1] is None or self._token[1] > self._now()):
                return self._token[0]
            self._token = self._fresh_token(self._credentials)
            return self._token[0]

    def _fresh_token(self, credentials: Credentials) -> Tuple[str, Optional[int]]:
        """A new token, and when it ends, in seconds since 1970, where that is known."""
        if not isinstance(credentials, AppKey):
            try:
                return credentials(), None  # type: ignore[misc]
            except Exception as error:
                raise Unreachable(f"the app gave no token: {error}") from error
        body = json.dumps({"device": self._device_id()}).encode("ascii")
        request = Request("POST", self.address.tokens, SMALL_ANSWER, {"Content-Type": "application/json"}, body)
        response = self._exchange(request, credentials.key)
        if response.status != 200:
            raise self._refusal(response)
        try:
            fields = Fields(parse(response.body))
            return fields.text("token"), fields.whole("expires")
        except (FieldError, JSONError):
            raise Unusable("the token", "the answer is no token") from None

    def _signed(self, response: Response) -> Signed:
        if response.status != 200:
            raise self._refusal(response)
        headers = response.headers
        return Signed(response.body, headers.get(SIGNATURE_HEADER.lower()), headers.get(RELEASE_HEADER.lower()))

    def _refusal(self, response: Response) -> Refused:
        problem = Problem.read(response.body) if len(response.body) <= SMALL_ANSWER else None
        wait = retry_after(response.headers.get("retry-after", ""), self._now())
        is_own = problem is not None and problem.type.startswith(_PROBLEM)
        return Refused(
            response.status, problem.detail[:500] if problem else "no problem document",
            problem.fix[:500] if problem and problem.fix else None,
            problem.type[len(_PROBLEM):] if problem and is_own else None,
            wait if response.status in (429, 503) else None)


def retry_after(header: str, now: int) -> Optional[int]:
    """The wait that a header ``Retry-After`` asks for, in seconds from 0 to a day; None where it is something else.

    Args:
        header: The header's value: a number of seconds, or a date.
        now: The device's clock, in seconds since 1970, for a date.
    """
    text = header.strip()
    if len(text) > 64:
        return None
    digits = text[1:] if text[:1] in "+-" else text
    if digits.isascii() and digits.isdigit() and int(text) < 1 << 63:
        return min(max(0, int(text)), _LONGEST_WAIT)
    try:
        date = parsedate_to_datetime(text)
        return min(max(0, round(date.timestamp() - now)), _LONGEST_WAIT) if text.endswith("GMT") else None
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
