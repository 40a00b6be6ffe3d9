"""What a model on this device answers, whatever the network does."""
from __future__ import annotations

from typing import Collection, Dict, List, Mapping, NamedTuple, Optional, Sequence

import numpy as np

from ..bundle.manifest import CLASSIFICATION
from ..errors import InvalidInput
from ..model.device_model import InputValue, Vector
from .active_weights import ActiveWeights, Standing
from .model_state import ModelState


class RankedItem(NamedTuple):
    """An item and its score, a logit; minus infinity for an item that the model does not know."""

    id: str
    score: float


class ClassProbability(NamedTuple):
    """A class, and the probability from 0 to 1 that the input is of it."""

    name: str
    probability: float


class Answers:
    """Rankings, classes and values, by the weights in use. All methods may be called from any thread.

    Args:
        state: Has the weights.
    """

    def __init__(self, state: ModelState) -> None:
        self._state, self._lock = state, state.lock

    @property
    def _weights(self) -> ActiveWeights:
        return self._state.weights

    def rank(self, candidates: Sequence[str], count: Optional[int] = None) -> List[RankedItem]:
        """Ranks candidates, best first.

        An id that the model does not know scores minus infinity and comes last, in the order given. An id that occurs twice
        is ranked twice. Of equal scores the earlier candidate comes first.

        Args:
            candidates: Raw ids.
            count: Maximum number of items of the result; None for all.
        """
        with self._lock:
            self._weights.retire_when_past()
            indices = [self._weights.base.vocabulary.index(candidate) for candidate in candidates]
            scores = self._weights.base.device.scores(self._weights.samples.indices, indices)
        unknown = np.array([index == 0 for index in indices], bool)
        order = np.lexsort((-scores, unknown))  # stable; the last key is the first to count
        ranked = [RankedItem(candidates[place], float(scores[place])) for place in order]
        return ranked if count is None else ranked[:max(0, count)]

    def top_items(self, count: int, excluding: Collection[str] = ()) -> List[RankedItem]:
        """The best items of the whole catalogue, best first.

        Args:
            count: Maximum number of items of the result.
            excluding: Raw ids to leave out, for example ``PersonalModel.history``.
        """
        with self._lock:
            self._weights.retire_when_past()
            vocabulary, items = self._weights.base.vocabulary, self._weights.base.manifest.items
            out = {vocabulary.index(name) for name in excluding}
            indices = [index for index in range(1, items + 1) if index not in out]
            scores = self._weights.base.device.scores(self._weights.samples.indices, indices)
            order = np.argsort(-scores, kind="stable")[:max(0, min(count, len(indices)))]
            return [RankedItem(vocabulary.name(indices[place]) or "", float(scores[place])) for place in order]

    def set_context(self, values: Mapping[str, InputValue]) -> None:
        """Has every ranking from now on read this of the user: values of the architecture's inputs beside history and candidate.
        What belongs to a moment (``gap``, ``hour``, ``weekday``) is set before each ranking, together with the rest.

        It is kept in memory alone, until the next call or ``PersonalModel.forget``, and never leaves the device.

        Args:
            values: By name of the input; what is not there is missing. Empty for nothing known.

        Raises:
            InvalidInput: A name is none of the model's inputs, what is given does not fit, or the model ranks no items. What was
                set before stays.
        """
        self._state.set_context(values)

    # A model over vectors.

    def outputs(self, values: Vector) -> np.ndarray:
        """What the model makes of an input: logits of classes or values, in the order of ``output_names``; float32.

        Args:
            values: One vector; a window of vectors, oldest first; or an image channel by channel, each row by row. Where the
                model has several inputs, what ``input`` makes of them.

        Raises:
            InvalidInput: The input has another size or is not finite, or the model ranks items.
        """
        with self._lock:
            self._weights.retire_when_past()
            return self._weights.base.device.outputs(values)

    def classify(self, values: Vector) -> List[ClassProbability]:
        """The classes of an input, the likeliest first; of equal ones in order of the model's outputs.

        Raises:
            InvalidInput: As ``outputs``, and where the model tells no classes.
        """
        with self._lock:
            outputs = self._weights.base.manifest.outputs
            if outputs is None or outputs.kind != CLASSIFICATION:
                raise InvalidInput(f"the model '{self._weights.base.manifest.name}' tells no classes: it "
                                   + ("ranks items; ask it to rank" if outputs is None else "predicts values; ask for outputs"))
            logits = self.outputs(values)
        with np.errstate(all="ignore"):
            powers = np.exp(logits - logits.max())
            shares = powers / powers.sum()
        if not np.isfinite(shares).all():
            shares = np.full(len(logits), 1 / len(logits), np.float32)
        return [ClassProbability(outputs.names[place], float(shares[place])) for place in np.argsort(-shares, kind="stable")]

    def input(self, values: Mapping[str, InputValue]) -> np.ndarray:
        """The input of a model that has several, from what is known of each, by name. What is not there is missing.

        Raises:
            InvalidInput: A name is none of the model's inputs, what is given does not fit, or the model ranks items.
        """
        with self._lock:
            return self._weights.base.device.row(values)

    @property
    def output_names(self) -> Sequence[str]:
        """Names of the classes or of the values that the model gives; empty where it ranks items."""
        outputs = self._weights.base.manifest.outputs
        return outputs.names if outputs else ()

    # State.

    @property
    def version(self) -> str:
        """The version of the model in use."""
        return self._weights.base.manifest.version

    def dynamic_weights(self) -> Dict[str, np.ndarray]:
        """The tensors of the dynamic layers that answer now, by name: what the model as ONNX takes besides its input."""
        with self._lock:
            self._weights.retire_when_past()
            return self._weights.base.device.dynamic_weights

    @property
    def standing(self) -> Standing:
        """Which weights answer, whatever the network does."""
        with self._lock:
            return self._weights.standing
