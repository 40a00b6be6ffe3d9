"""When the service may be asked again."""
from __future__ import annotations

from hashlib import sha256
from typing import Optional

from .configuration import BackOff


class RefreshSchedule:
    """Times are seconds by a clock that nobody sets.

    Attributes:
        not_before: Before this nothing is tried unless the app asks.
        asked: Before this nothing is tried at all: the service asked for it.
    """

    def __init__(self, back_off: BackOff) -> None:
        self._back_off, self._failures = back_off, 0
        self.not_before = self.asked = self._version_due = float("-inf")

    def fail(self, wait: Optional[int], uptime: float) -> None:
        """Notes a failure, and the seconds for which the service asked to wait."""
        self._failures += 1
        self.not_before = uptime + self._back_off.delay(self._failures, wait)
        # An app's own wish waits no longer than the service asks.
        self.asked = uptime + max(0.0, min(wait, self._back_off.limit)) if wait is not None else float("-inf")

    def succeed(self) -> None:
        """Notes a success."""
        self._failures, self.not_before, self.asked = 0, float("-inf"), float("-inf")

    def is_version_due(self, uptime: float) -> bool:
        """Whether the service is to be asked for its current version again."""
        return uptime >= self._version_due

    def note_version_check(self, uptime: float, interval: float, installation: str) -> None:
        """Notes that the service is asked for its current version. An installation asks again after an interval of its own, from
        three quarters of ``interval`` to all of it, so that those that were opened together do not come back together."""
        seed = int.from_bytes(sha256(installation.encode()).digest()[:8], "big")
        self._version_due = uptime + interval * (1 - seed / 2**64 / 4)
