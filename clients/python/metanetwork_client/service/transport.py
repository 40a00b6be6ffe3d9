"""Carries requests to the service and answers back."""
from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
import zlib
from dataclasses import dataclass, field
from typing import IO, Any, Dict, Iterator, Mapping, Optional, Protocol

from ..errors import ClientError, Unreachable

# Bytes that must come within the timeout where there is a sink: fewer are no progress.
_LEAST_PROGRESS = 1024
_PIECE = 1 << 16


@dataclass
class Response:
    """An answer: its HTTP status, its header fields with names in lower case, its body (empty where a sink took it)."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __post_init__(self) -> None:
        self.headers = {name.lower(): value for name, value in self.headers.items()}


class Sink(Protocol):
    """Takes the body of an answer piece by piece, so that a large file does not pass through memory."""

    def begin(self, head: Response) -> bool:
        """Looks at an answer before its body comes: whether the body is for the sink. Raises where it is not wanted."""

    def take(self, piece: bytes) -> None:
        """Takes the next bytes. Raises where they cannot be taken."""


@dataclass
class Request:
    """A request to the service.

    Attributes:
        limit: Longest body of an answer that may be read, in bytes; of a compressed one, unpacked.
        sink: Where the body of a good answer goes; None for ``Response.body``.
        timeout: Longest wait in seconds: for the whole body, or, where there is a sink, for the next 1,024 bytes of it.
    """

    method: str
    url: str
    limit: int
    headers: Dict[str, str] = field(default_factory=dict)
    body: Optional[bytes] = None
    sink: Optional[Sink] = None
    timeout: float = 30.0


class Transport(Protocol):
    """What carries requests: ``URLTransport`` by default, memory in tests, or your own.

    An implementation keeps to ``Request.limit`` while it reads and not after, hands what is for a sink over as it comes, unpacked
    where it asked for a compressed form, and does not follow redirects, for the token belongs to one host.
    """

    def send(self, request: Request) -> Response:
        """Sends a request and waits for its answer. Every whole answer, an error of the service too, is returned.

        Raises:
            Unreachable: No answer came, or not all of it.
            ClientError: What the sink raised.
        """


class URLTransport:
    """Sends requests with ``urllib``, through the proxies that the environment names; asks for gzip and unpacks it, unless a request
    says what it accepts."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(_AsItIs)

    def send(self, request: Request) -> Response:
        """As ``Transport.send``."""
        headers = {"Accept-Encoding": "gzip", **request.headers}
        outgoing = urllib.request.Request(request.url, request.body, headers, method=request.method)
        try:
            with self._opener.open(outgoing, timeout=request.timeout) as answer:
                return _read(answer, request)
        except ClientError:
            raise
        except urllib.error.URLError as error:
            raise Unreachable(str(error.reason)) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from None


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """Gives every answer as it is: errors are read by who asked, and redirects are not followed."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response

    https_response = http_response


def _read(answer: IO[bytes], request: Request) -> Response:
    head = Response(answer.status, dict(answer.headers.items()))  # type: ignore[attr-defined]
    sink = request.sink if request.sink is not None and request.sink.begin(head) else None
    pieces, size, progress, deadline = [], 0, 0, time.monotonic() + request.timeout
    # What has no body is not compressed, whatever its headers say.
    coding = "identity" if head.status in (204, 304) else head.headers.get("content-encoding", "identity").strip().lower()
    for piece in _unpacked(answer, coding):
        size += len(piece)
        if size > request.limit:
            raise Unreachable(f"the answer is longer than {request.limit} bytes, the limit")
        if sink is None:
            pieces.append(piece)
        else:
            sink.take(piece)
            progress += len(piece)
        if progress >= _LEAST_PROGRESS:
            progress, deadline = 0, time.monotonic() + request.timeout
        if time.monotonic() > deadline:
            raise Unreachable(f"no {'whole answer' if sink is None else 'more of the answer'} within {request.timeout} s")
    if getattr(answer, "length", None):
        raise Unreachable("the connection broke before the answer was whole")
    head.body = b"".join(pieces)
    return head


def _unpacked(answer: IO[bytes], coding: str) -> Iterator[bytes]:
    """The body piece by piece, no piece longer than ``_PIECE`` however little it is of what came."""
    if coding not in ("identity", "gzip", "x-gzip"):
        raise Unreachable(f"the answer is compressed as '{coding[:40]}', which was not asked for")
    # Windows of any size, and gzip's header and checksum.
    unpacker = None if coding == "identity" else zlib.decompressobj(15 + 16)
    while True:
        # What there is: waiting for a whole piece would let a byte now and then pass for progress.
        packed = answer.read1(_PIECE)  # type: ignore[attr-defined]
        if not packed:
            break
        if unpacker is None:
            yield packed
            continue
        try:
            while packed:
                yield unpacker.decompress(packed, _PIECE)
                packed = unpacker.unconsumed_tail
        except zlib.error as error:
            raise Unreachable(f"the compressed answer is damaged: {error}") from None
    if unpacker is not None and not unpacker.eof:
        raise Unreachable("the compressed answer ended before it was whole")
