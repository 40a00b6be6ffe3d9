"""What answers and refreshes share, under one lock."""
from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import Deque, Dict, Iterable, Iterator, List, Mapping

from ..errors import InvalidInput, StorageFailed
from ..model.device_model import InputValue
from .active_weights import ActiveWeights
from .base_model import BaseModel

_MAXIMUM_NOTICES = 256


class ModelState:
    """The weights in use, what is known of the user, and what went wrong.

    Attributes:
        lock: Whoever reads or changes anything here holds it; one thread may hold it twice.
        weights: The version in use, the samples that it reads, and the layers that answer.
        epoch: How often everything was forgotten.

    Args:
        weights: Those to begin with.
        notices: What was found damaged so far.
    """

    def __init__(self, weights: ActiveWeights, notices: Iterable[Exception]) -> None:
        self.lock, self.weights, self.epoch = threading.RLock(), weights, 0
        self._context: Dict[str, InputValue] = {}
        self._notices: Deque[Exception] = deque(notices, maxlen=_MAXIMUM_NOTICES)

    def set_context(self, values: Mapping[str, InputValue]) -> None:
        """Has every ranking read this of the user.

        Raises:
            InvalidInput: It does not fit the version in use. What was set before stays.
        """
        with self.lock:
            self._use(values)
            self._context = dict(values)

    def take_up(self, base: BaseModel, notices: List[Exception]) -> None:
        """Changes to a version of the model, which reads of the user what it has inputs for."""
        with self.lock:
            self.weights.take_up(base, notices)
            names = [source.name for _, source in base.device.graph.row_inputs]
            self._context = {name: value for name, value in self._context.items() if name in names}
            if self._context:
                try:
                    self._use(self._context)
                except InvalidInput as error:
                    notices.append(error)

    def forget(self) -> None:
        """Forgets the user; nothing is removed from the disk."""
        with self.lock:
            self.epoch += 1
            self.weights.forget()
            if self._context:
                self.set_context({})

    def note(self, notices: Iterable[Exception]) -> None:
        """Keeps what went wrong until the app looks at it."""
        with self.lock:
            self._notices.extend(notices)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Notes what the disk refuses, and goes on."""
        try:
            yield
        except StorageFailed as error:
            self.note([error])

    def take_notices(self) -> List[Exception]:
        """What was noted since the last call, as far as it was kept."""
        with self.lock:
            notices = list(self._notices)
            self._notices.clear()
            return notices

    def _use(self, values: Mapping[str, InputValue]) -> None:
        device = self.weights.base.device
        device.use_context(device.row(values) if values else None)
