"""When the service may be asked again."""
from __future__ import annotations

from typing import Optional

from .configuration import BackOff


class RefreshSchedule:
    """Times are seconds by a clock that nobody sets.

    Attributes:
        not_before: Before this nothing is tried unless the app asks.
        asked: Before this nothing is tried at all: the service asked for it.
        version_checked: When the service was last asked for its current version; None before the first time.
    """

    def __init__(self, back_off: BackOff) -> None:
        self._back_off, self._failures = back_off, 0
        self.not_before = self.asked = float("-inf")
        self.version_checked: Optional[float] = None

    def fail(self, wait: Optional[int], uptime: float) -> None:
        """Notes a failure, and the seconds for which the service asked to wait."""
        self._failures += 1
        self.not_before = uptime + self._back_off.delay(self._failures, wait)
        self.asked = self.not_before if wait is not None else float("-inf")

    def succeed(self) -> None:
        """Notes a success."""
        self._failures, self.not_before, self.asked = 0, float("-inf"), float("-inf")

    def is_version_due(self, uptime: float, interval: float) -> bool:
        """Whether the service is to be asked for its current version again."""
        return self.version_checked is None or uptime - self.version_checked >= interval
