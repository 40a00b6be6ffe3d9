"""Whether personal weights may rank: the running loss of personal weights and of the base on the user's last choices.

The rule, its constants and what it is worth are those of the Swift SDK's ``QualityGuard``: a choice counts 1 - 1/20 times as
much as the one after it, the base ranks once personal weights have lost by more than two standard errors over at least 10
choices, and personal weights rank again as soon as they have lost less than the base.
"""
from __future__ import annotations

import math
from typing import Any, Dict, Mapping, Optional, Sequence

import numpy as np

from ..model.device_model import DeviceModel
from ..wire.fields import FieldError

_WINDOW = 20.0
_FEWEST = 10
_NOISE = 2.0
# Items that a choice is compared with at most, and the largest loss of one choice.
_OTHERS = 99
_LARGEST_LOSS = 10.0
_MASK = (1 << 64) - 1
_SUMS = ("weight", "squaredWeight", "personal", "base", "squares")


class QualityGuard:
    """The record of one version of the model; begins with no choice.

    Attributes:
        choices: Number of choices that were compared.
        prefers_base: Whether the base ranks, as personal weights have been worse.
    """

    def __init__(self, version: str) -> None:
        self.version, self.choices, self.prefers_base = version, 0, False
        self._sums = dict.fromkeys(_SUMS, 0.0)

    @staticmethod
    def read(record: Mapping[str, Any]) -> QualityGuard:
        """Reads what ``record`` gave.

        Raises:
            FieldError: It is something else.
        """
        guard = QualityGuard(str(record.get("version")))
        choices, prefers_base = record.get("choices"), record.get("prefersBase")
        sums = [record.get(key) for key in _SUMS]
        if type(choices) is not int or type(prefers_base) is not bool or not all(type(v) in (int, float) for v in sums):
            raise FieldError("it is no record of a guard")
        guard.choices, guard.prefers_base = choices, prefers_base
        guard._sums = {key: float(record[key]) for key in _SUMS}
        return guard

    def record(self) -> Dict[str, Any]:
        """What is stored."""
        return {"version": self.version, "choices": self.choices, "prefersBase": self.prefers_base, **self._sums}

    def add(self, personal: float, base: float) -> None:
        """Takes the losses of a choice into account."""
        kept, difference = 1 - 1 / _WINDOW, personal - base
        added = {"weight": 1.0, "squaredWeight": 1.0, "personal": personal, "base": base, "squares": difference ** 2}
        for key, value in added.items():
            self._sums[key] = (kept * kept if key == "squaredWeight" else kept) * self._sums[key] + value
        self.choices += 1
        mean = (self._sums["personal"] - self._sums["base"]) / self._sums["weight"]
        if self.prefers_base:
            self.prefers_base = mean >= 0
        else:
            self.prefers_base = self.choices >= _FEWEST and mean > _NOISE * self._standard_error(mean)

    def _standard_error(self, mean: float) -> float:
        # As many choices of equal weight would tell as much.
        count = self._sums["weight"] ** 2 / self._sums["squaredWeight"]
        if count <= 1:
            return 0.0
        return math.sqrt(max(0.0, self._sums["squares"] / self._sums["weight"] - mean * mean) / (count - 1))


def compared_items(choice: int, items: int, number: int) -> Sequence[int]:
    """The indices that a choice is compared with, itself first: all of a small catalogue, else 99 others.

    Args:
        choice: Index of the chosen item.
        items: Number of items of the catalogue.
        number: The choice's number, which the draw follows from: the same on every device.
    """
    if items <= _OTHERS + 1:
        return [choice] + [item for item in range(1, items + 1) if item != choice]
    state, drawn = number, [choice]
    for _ in range(_OTHERS):
        # One fewer to choose from, so that the chosen item can be left out.
        item, state = _below(items - 1, state)
        drawn.append(item + 1 if item + 1 < choice else item + 2)
    return drawn


def _below(bound: int, state: int) -> "tuple[int, int]":
    """A number from 0 to less than ``bound`` by SplitMix64, drawn as Swift's ``Int.random`` does; and the next state."""
    while True:
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        product = (mixed ^ (mixed >> 31)) * bound
        if product & _MASK >= (1 << 64) % bound:
            return product >> 64, state


def choice_loss(device: DeviceModel, history: Sequence[int], compared: Sequence[int]) -> float:
    """How little the layers in use expected a choice: log loss in the softmax over what it is compared with, 0 to 10."""
    scores = device.scores(history, compared).astype(np.float64)
    largest = float(scores.max(initial=-math.inf))
    with np.errstate(all="ignore"):
        loss = float(np.log(np.exp(scores - largest).sum())) + largest - float(scores[0])
    # Weights that overflow score infinity.
    return min(max(0.0, loss), _LARGEST_LOSS) if math.isfinite(loss) else _LARGEST_LOSS


def stored_guard(record: Optional[Mapping[str, Any]], version: str) -> QualityGuard:
    """The guard of a version: the stored one where it is of this version, else a new one.

    Raises:
        FieldError: What is stored is no record.
    """
    kept = QualityGuard.read(record) if record is not None else None
    return kept if kept is not None and kept.version == version else QualityGuard(version)
