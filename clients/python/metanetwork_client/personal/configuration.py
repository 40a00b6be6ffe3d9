"""How a ``PersonalModel`` behaves."""
from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional, Protocol

from ..limits import Limits
from ..service.address import Credentials
from ..service.transport import Transport, URLTransport
from ..wire.signature import Trust


class Clock(Protocol):
    """The clocks: the system's by default."""

    def now(self) -> int:
        """Seconds since 1970; a user may set it."""

    def uptime(self) -> float:
        """Seconds by a clock that nobody sets."""


class SystemClock:
    """The system's clocks."""

    def now(self) -> int:
        """As ``Clock.now``."""
        return int(time.time())

    def uptime(self) -> float:
        """As ``Clock.uptime``."""
        return time.monotonic()


@dataclass(frozen=True)
class RetireAfter:
    """An age at which personal weights retire, so that the base answers until new ones come.

    ``MEASURED`` is the greatest age at which the bundle says that they were measured to help; never where it says nothing.
    Where they help at no age, none are asked for. ``EXPIRY`` is the end of the lifetime that the service gave them. ``NEVER``
    is no age. An age of the app's own is ``RetireAfter(samples=…, seconds=…)``: whichever is passed first.
    """

    samples: Optional[int] = None
    seconds: Optional[int] = None
    rule: str = "age"


MEASURED, EXPIRY, NEVER = RetireAfter(rule="measured"), RetireAfter(rule="expiry"), RetireAfter(rule="never")


@dataclass(frozen=True)
class BackOff:
    """How long to wait after failures, in seconds: twice as long after each, up to a limit, less a random part of up to one
    half, so that devices that failed together do not come back together. Where the service asks for a wait, a random part of up
    to a quarter is added."""

    first: float = 2.0
    limit: float = 3_600.0

    def delay(self, failures: int, asked: Optional[int]) -> float:
        """The wait after a number of failures in a row, at least what the service asked for, within the limit."""
        wait = min(self.first * 2.0 ** min(max(failures - 1, 0), 64), self.limit) * random.uniform(0.5, 1)
        return max(0.0, min(max(wait, (asked or 0) * random.uniform(1, 1.25)), self.limit))


@dataclass(frozen=True)
class Configuration:
    """How a ``PersonalModel`` behaves; all but ``trust`` has a default.

    Attributes:
        trust: Whose answers to believe.
        credentials: How the device proves that it may ask: None, an ``AppKey``, or a function that gives a token.
        every_samples: New samples after which ``refresh_if_due`` asks for weights.
        least_interval: Seconds from one such request to the next; the first weights need not wait.
        version_interval: Seconds after which a refresh first asks whether there is a new version of the model; the first
            one after a launch does. A version that is no longer served is changed at once. Each installation has an interval
            of its own, from three quarters of this to the whole.
        sends_embeddings: Whether embeddings are sent, computed on the device, and not raw ids. They are not anonymous:
            whoever has the model can find the items. Of a model over vectors they always are.
        payload: How the weights of an answer are stored: ``f16``, ``f32`` or ``int8``.
        retire_after: When personal weights retire.
        guards_quality: Whether the base ranks where personal weights foresaw the user's last choices worse than it.
        tells_memory: Whether the service is told how much memory this machine has, in one of six classes, with each request for
            a manifest: for whoever decides how large a base may become.
        bundle: A folder with a bundle that ships in the app: works offline from the first launch.
        norm_bound: Largest norm of a personal layer, as a multiple of the global layer's.
        limits: The maximum of what is accepted and kept.
        back_off: How long to wait after failures.
        transport: The network.
        clock: The clocks.
    """

    trust: Trust
    credentials: Credentials = None
    every_samples: int = 5
    least_interval: float = 60.0
    version_interval: float = 6 * 3_600.0
    sends_embeddings: bool = False
    payload: str = "f16"
    retire_after: RetireAfter = MEASURED
    guards_quality: bool = True
    tells_memory: bool = True
    bundle: Optional[Path] = None
    norm_bound: float = 10.0
    limits: Limits = Limits()
    back_off: BackOff = BackOff()
    transport: Transport = field(default_factory=URLTransport)
    clock: Clock = field(default_factory=SystemClock)
