"""What a model may have learned to read of the moment of a choice (``metanetwork train --event-context``), computed as in training."""
from __future__ import annotations

import math
from typing import List


def gap(latest: float, moment: float) -> List[float]:
    """The input ``gap``: ln(1 + hours) from the latest choice to a moment, in whole seconds as devices keep times; 0 where that is not
    later.

    Args:
        latest: When the latest item of the history was chosen, in seconds since 1970: ``PersonalModel.latest_time``.
        moment: When items are ranked, likewise.
    """
    return [math.log1p(max(0, math.floor(moment) - math.floor(latest)) / 3600)]


def hour(moment: float) -> List[float]:
    """The input ``hour``: sine and cosine of the time of day in UTC, on a circle of 24 hours from midnight.

    Args:
        moment: When items are ranked, in seconds since 1970.
    """
    return _on_circle(moment, 86_400)


def weekday(moment: float) -> List[float]:
    """The input ``weekday``: sine and cosine of the time of the week in UTC, on a circle of 7 days from Monday's midnight.

    Args:
        moment: When items are ranked, in seconds since 1970.
    """
    return _on_circle(moment + 3 * 86_400, 604_800)  # 1970 began on a Thursday


def _on_circle(time: float, period: float) -> List[float]:
    angle = 2 * math.pi * (math.floor(time) % period) / period  # in whole seconds, as devices keep times
    return [math.sin(angle), math.cos(angle)]
