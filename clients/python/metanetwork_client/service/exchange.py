"""One request and its answer, and what an error of the service says."""
from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Callable, Optional

from ..errors import ClientError, Refused, Unreachable
from ..wire.messages import Problem
from ..wire.signature import ACCEPT_HEADER, ACCEPTED, CLIENT, CLIENT_HEADER
from .transport import Request, Response, Transport

# Maximum size of the body of an answer that is no file, in bytes.
SMALL_ANSWER = 64 << 10
_PROBLEM = "urn:metanetwork:problem:"
_LONGEST_WAIT = 86_400


class Exchange:
    """Sends requests and reads refusals.

    Args:
        transport: What carries requests.
        now: The device's clock, in seconds since 1970.
    """

    def __init__(self, transport: Transport, now: Callable[[], int]) -> None:
        self._transport, self._now = transport, now

    def send(self, request: Request, bearer: Optional[str]) -> Response:
        """Sends a request.

        Args:
            bearer: The token that it bears; None for none.

        Raises:
            Unreachable: No answer came, or one that is too long.
            ClientError: What the request's sink raised.
        """
        request.headers[ACCEPT_HEADER] = ACCEPTED
        request.headers.setdefault(CLIENT_HEADER, CLIENT)
        # Else a transport says what it is made of, as the release of Python.
        request.headers["User-Agent"] = CLIENT
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

    def refusal(self, response: Response) -> Refused:
        """The error that an answer is."""
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
